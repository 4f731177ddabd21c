"""Customers withdraw from contracts: their statements are kept, confirmed and carried out, and people decide what is left."""
