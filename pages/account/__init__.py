"""The account of a user: sign-in, the first password, language and zone, sessions, the second factor."""
