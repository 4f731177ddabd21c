"""OpenID providers, where staff sign in: their documents, their keys, and what they say of a person."""
