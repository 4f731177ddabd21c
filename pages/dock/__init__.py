"""The dock: what came is received, and what becomes of it."""
