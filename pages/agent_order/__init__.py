"""The console's screen of one order: dates, timeline, state, and a sheet for each command."""
