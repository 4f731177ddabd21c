"""The page of an order for its customer, as data: what a page shows, every program can read."""
