"""A person's orders in a frame of a helpdesk, by a signed link of minutes."""
