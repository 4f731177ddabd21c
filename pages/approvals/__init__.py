"""Commands above a limit, which a second person approves or refuses."""
