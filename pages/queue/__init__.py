"""The queue: what waits for a person, by its clock, with the question beside the list."""
