"""The users of the merchant, as its admins manage them."""
