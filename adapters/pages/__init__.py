"""Customers' pages: templates in `templates/`, one style sheet in `assets/`, and the catalogues of the letters."""
