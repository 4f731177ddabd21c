#!/bin/sh
# Creates the secrets of a new deployment as files for docker-compose.yml: deploy/secrets.sh [FOLDER]
# Keep smot_master_key with the keys of your backups: without it no name, address or code in a restored database can be read.
set -eu

folder="${1:-secrets}"
if [ -e "$folder" ]; then
  echo "$folder exists: secrets in use are never overwritten" >&2
  exit 1
fi
# Only the owner can open the folder. The files can be read by all, as the containers run as another user.
mkdir -m 700 "$folder"
cd "$folder"
umask 022

random_hex() { openssl rand -hex 24; }

random_hex >postgres_password
random_hex >smot_database_password
random_hex >temporal_database_password
printf 'postgresql://smot:%s@postgres:5432/smot\n' "$(cat smot_database_password)" >smot_database
openssl rand -base64 32 >smot_master_key
# The Temporal server reads its password from the environment only.
printf 'TEMPORAL_DATABASE_PASSWORD=%s\n' "$(cat temporal_database_password)" >temporal.env
echo "created in $folder: postgres_password smot_database_password temporal_database_password smot_database smot_master_key temporal.env"
