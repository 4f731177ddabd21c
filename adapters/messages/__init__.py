"""Rendering of notices: templates in `templates/`, one catalogue for each language in `catalogues/`."""
