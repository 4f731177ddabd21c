"""The domain: pure rules and types. No I/O, no clock, no randomness; `now` and `terms` are arguments."""
