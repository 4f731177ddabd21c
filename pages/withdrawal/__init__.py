"""A customer withdraws from a contract: stated, confirmed, and kept as a file; for guests, and by the link of an order."""
