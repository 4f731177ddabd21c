"""Failpoints: places in the code where a test can kill, delay or pause a process. Imports nothing of smot."""
