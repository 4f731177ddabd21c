"""A customer finds their order: by its number and a proof, then by the link that comes by mail."""
