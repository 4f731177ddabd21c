"""Failures of the store that may not happen again: its database does not answer or cannot write at the moment."""

from store.engine.db_errors import is_transient

__all__ = ["is_transient"]
