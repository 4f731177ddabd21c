"""What people who work with orders share: the queue of questions, one search box, and work on many orders at once."""
