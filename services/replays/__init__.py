"""What ended without effect and is tried again by a person: deliveries to us, and notices from us."""
