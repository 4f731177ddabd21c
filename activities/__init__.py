"""What a workflow may ask for: thin, translate - call a port - translate back. No rule lives here."""
