#!/bin/sh
# The namespace of our journeys. Temporal's retention is no record (our store is), yet what closed stays to be looked at.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
