"""What staff do with one order: previews of their commands, commands that can be taken back, and the order as they see it."""
