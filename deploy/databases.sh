#!/bin/sh
# A new PostgreSQL runs this once. It creates a role for smot and one for Temporal; neither can read the databases of the other.
set -eu

smot_password="$(cat /run/secrets/smot_database_password)"
temporal_password="$(cat /run/secrets/temporal_database_password)"

psql -v ON_ERROR_STOP=1 -v smot="$smot_password" -v temporal="$temporal_password" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE smot LOGIN PASSWORD :'smot';
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal';
CREATE DATABASE smot OWNER smot;
REVOKE CONNECT ON DATABASE smot FROM PUBLIC;
SQL
