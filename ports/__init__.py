"""What we need from outside, as Protocols in domain words."""
