"""Merchants: created, authenticated, set up; and the clock of sandbox merchants."""
