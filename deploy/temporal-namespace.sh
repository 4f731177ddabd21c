#!/bin/sh
# Creates the namespace of the journeys. The records are in smot's database; the retention keeps closed journeys for inspection.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
