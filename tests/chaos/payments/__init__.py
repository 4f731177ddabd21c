"""The fault programme of payments: providers that fail, a worker that dies meanwhile, and the books after it."""
