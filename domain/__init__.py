"""What is true: pure rules and words. No I/O, no clock, no chance; `now` and `terms` are arguments."""
