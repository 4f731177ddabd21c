#!/bin/sh
# Creates the secrets of a new deployment as files for docker-compose.yml: deploy/secrets.sh [FOLDER]
# Keep smot/smot_master_key with the keys of your backups: without it no name, address or code in a restored database can be read.
set -eu

folder="${1:-secrets}"
if [ -e "$folder" ]; then
  echo "$folder exists: secrets in use are never overwritten" >&2
  exit 1
fi
# Only the owner can open the folder. What is in it can be read by all, as the containers run as other users.
mkdir -m 700 "$folder"
umask 022
mkdir "$folder/smot"
cd "$folder"

random_hex() { openssl rand -hex 24; }

random_hex >postgres_password
random_hex >smot_database_password
random_hex >temporal_database_password
# In smot/ each file is a setting, named like its variable in lower case; smot_smtp and others may join them.
printf 'postgresql://smot:%s@postgres:5432/smot\n' "$(cat smot_database_password)" >smot/smot_database
openssl rand -base64 32 >smot/smot_master_key
echo "created in $folder: postgres_password smot_database_password temporal_database_password smot/smot_database smot/smot_master_key"
