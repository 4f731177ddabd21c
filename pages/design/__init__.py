"""The design system: base templates, macros, tokens, style sheets, icons, vendored files; `/design` shows all of it."""
