"""Payments: what providers report, compared with the ledger."""
