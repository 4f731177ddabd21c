"""The request side of all pages: visits, forms, rendering, languages, static files, headers, errors."""
