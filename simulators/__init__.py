"""Simulators of parties that are not part of smot: a payment provider and carriers.

Each is a process of its own with a database of its own, and imports nothing of smot, so that a crash of smot loses none of
its records. Sandbox merchants, the demo and the tests use them.
"""
