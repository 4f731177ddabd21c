#!/bin/sh
# Makes the secrets of a new deployment as files that docker-compose.yml reads: deploy/secrets.sh [FOLDER]
# Keep smot_master_key with your backups' keys: without it no name, address or code in a restored database can be read.
set -eu

folder="${1:-secrets}"
if [ -e "$folder" ]; then
  echo "$folder is there already: secrets in use are never overwritten" >&2
  exit 1
fi
# The folder is its owner's only. The files can be read by all, since in the containers another user reads them.
mkdir -m 700 "$folder"
cd "$folder"
umask 022

random_hex() { openssl rand -hex 24; }

random_hex >postgres_password
random_hex >smot_database_password
random_hex >temporal_database_password
printf 'postgresql://smot:%s@postgres:5432/smot\n' "$(cat smot_database_password)" >smot_database
openssl rand -base64 32 >smot_master_key
# Temporal's server takes its password from the environment alone.
printf 'TEMPORAL_DATABASE_PASSWORD=%s\n' "$(cat temporal_database_password)" >temporal.env
echo "made in $folder: postgres_password smot_database_password temporal_database_password smot_database smot_master_key temporal.env"
