"""Headers by which a relay repeats our name of a letter in its webhooks, for the relays whose hosts are known.

Relays put their own Message-ID and return path into a letter, and report by these. Without a header of the relay its webhook
would name only the customer's address.
"""

import json

from adapters.letter_names import LETTER_HEADER, METADATA


def relay_headers(host: str, reference: str) -> dict[str, str]:
    """The header for all, and that of the relay whose server it is."""
    headers = {LETTER_HEADER: reference}
    if _is_in(host, "postmarkapp.com"):  # postmarkapp.com/support/article/1125-custom-metadata-faq
        headers[f"X-PM-Metadata-{METADATA}"] = reference
    elif _is_in(host, "mailgun.org"):  # documentation.mailgun.com: passing data through SMTP
        headers["X-Mailgun-Variables"] = json.dumps({METADATA: reference})
    elif _is_in(host, "sendgrid.net"):  # docs.sendgrid.com: unique arguments by the X-SMTPAPI header
        headers["X-SMTPAPI"] = json.dumps({"unique_args": {METADATA: reference}})
    elif _is_in(host, "amazonaws.com"):  # docs.aws.amazon.com/ses: message tags for event publishing
        headers["X-SES-MESSAGE-TAGS"] = f"{METADATA}={reference}"
    return headers


def _is_in(host: str, domain: str) -> bool:
    return host.lower().rstrip(".").endswith(f".{domain}")
