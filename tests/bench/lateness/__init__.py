"""Can transit times of the past tell late parcels better than the rule? `python -m tests.bench.lateness FILE` says."""
