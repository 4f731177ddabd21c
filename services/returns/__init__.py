"""Returns: quoted, opened, changed, handed in by code."""
