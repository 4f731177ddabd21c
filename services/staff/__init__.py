"""Users of a merchant: invited, signed in, with sessions and a second factor."""
