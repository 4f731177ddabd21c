"""Policies: read from text with the place of each mistake, published as versions, compared, restored."""
