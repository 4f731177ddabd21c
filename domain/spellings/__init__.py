"""How a text may stand in stored bytes, and where in them it stands: for proofs that nothing of a person is left."""
