"""What persons may demand of their data: to get them, and to have them erased."""
