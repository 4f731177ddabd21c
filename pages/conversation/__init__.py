"""A customer asks a person about an order and reads the answers; staff read and answer."""
