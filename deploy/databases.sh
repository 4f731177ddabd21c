#!/bin/sh
# Run once by a new PostgreSQL: a role each for smot and Temporal, none of which can read the other's databases.
set -eu

smot_password="$(cat /run/secrets/smot_database_password)"
temporal_password="$(cat /run/secrets/temporal_database_password)"

psql -v ON_ERROR_STOP=1 -v smot="$smot_password" -v temporal="$temporal_password" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE smot LOGIN PASSWORD :'smot';
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
CREATE DATABASE smot OWNER smot;
REVOKE CONNECT ON DATABASE smot FROM PUBLIC;
SQL
