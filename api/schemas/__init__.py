"""What goes over the wire: bodies that are sent to us and answers that we give, one file per subject."""
