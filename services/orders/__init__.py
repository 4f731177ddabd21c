"""Orders: placed with a promise, changed, explained, opened to their customers."""
