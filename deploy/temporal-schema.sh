#!/bin/sh
# Temporal's two databases: made when they are not there, then brought to the schema of this image's version. Setting a
# schema up resets its version, so that is done only for a database that has none at all; any other failure ends this.
set -eu

SQL_PASSWORD="$(cat "${SECRETS:-/run/secrets}/temporal_database_password")"
export SQL_PASSWORD
VERSIONS=/etc/temporal/schema/postgresql/v12

tool() {
  database="$1"
  shift
  temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"
}

bring_up() { # database, folder of its versions
  tool "$1" create || echo "not made, so $1 should be there"
  if said="$(tool "$1" update-schema -d "$VERSIONS/$2/versioned" 2>&1)"; then
    echo "$said"
    return
  fi
  echo "$said"
  case "$said" in
    *schema_version*"does not exist"*) ;;
    *) exit 1 ;;
  esac
  tool "$1" setup-schema -v 0.0
  tool "$1" update-schema -d "$VERSIONS/$2/versioned"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
