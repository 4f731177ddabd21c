"""A customer sends goods back: chooses lines and reasons, sees what they pay, gets the code, changes or cancels it."""
