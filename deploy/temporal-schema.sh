#!/bin/sh
# Creates Temporal's two databases if they are missing, and upgrades them to the schema of this image's version. `setup-schema`
# resets the version, so it runs only for a database without a schema; any other failure ends this script.
set -eu

SQL_PASSWORD="$(cat "${SECRETS:-/run/secrets}/temporal_database_password")"
export SQL_PASSWORD
VERSIONS=/etc/temporal/schema/postgresql/v12

tool() {
  database="$1"
  shift
  temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"
}

upgrade() { # database, folder of its versions
  tool "$1" create || echo "not created, so $1 should exist"
  if output="$(tool "$1" update-schema -d "$VERSIONS/$2/versioned" 2>&1)"; then
    echo "$output"
    return
  fi
  echo "$output"
  case "$output" in
    *schema_version*"does not exist"*) ;;
    *) exit 1 ;;
  esac
  tool "$1" setup-schema -v 0.0
  tool "$1" update-schema -d "$VERSIONS/$2/versioned"
}

upgrade temporal temporal
upgrade temporal_visibility visibility
