"""How every notice reads and looks: templates in `templates/`, one catalogue per language in `catalogues/`."""
