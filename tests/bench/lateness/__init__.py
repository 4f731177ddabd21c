"""Whether past transit times predict late parcels better than the rule: `python -m tests.bench.lateness FILE` measures it."""
