"""Merchants' colours and logos as files of this server."""
