#!/bin/sh
# The Temporal server takes its password from the environment only: it is read here from its file, so that neither the compose
# file, a shell nor `docker inspect` has it.
set -eu

POSTGRES_PWD="$(cat "${SECRETS:-/run/secrets}/temporal_database_password")"
export POSTGRES_PWD
exec "${ENTRYPOINT:-/etc/temporal/entrypoint.sh}"
