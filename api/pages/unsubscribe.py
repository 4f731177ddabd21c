"""The page behind a mail's link to unsubscribe: one button, no script, no picture, nothing from other servers."""

HEADERS = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'"}
CONFIRM = """<p>Do you want no more e-mails about this?</p>
<form method="post"><button name="List-Unsubscribe" value="One-Click">Unsubscribe</button></form>"""
DONE = "<p>Done. You will get no more e-mails about this.</p>"


def page(content: str = CONFIRM) -> bytes:
    """The whole page."""
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Unsubscribe</title></head>
<body><main><h1>Your messages</h1>
{content}
</main></body>
</html>
""".encode()
