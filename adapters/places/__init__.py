"""Places: the country of a code, and the time zone of an address."""
