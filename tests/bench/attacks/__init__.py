"""What an attack of one customer or merchant costs another merchant: `python -m tests.bench.attacks [--tree CHECKOUT]`.

It speaks HTTP and imports nothing of smot, so it also measures an older checkout that has an environment.
"""
