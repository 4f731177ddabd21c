"""Whether a refusal is about the address: enhanced status codes of RFC 3463, as mail servers use them."""

import re

from domain.notifications.letter_reports import Report

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# The address or its domain does not exist, or its mailbox is closed. Others are about size, policy, spam or the network.
_ABOUT_ADDRESS = re.compile(r"5\.1\.\d{1,3}|5\.2\.1|5\.0\.0|5\.5\.0|5\.4\.4")
_OUR_SIDE = {"5.1.7", "5.1.8"}  # RFC 3463: the sender's address is wrong


def has_code(text: str) -> bool:
    """Whether an enhanced status code is in the text."""
    return _CODE.search(text) is not None


def report_of(status: str, diagnosis: str = "") -> Report:
    """The report of a letter that was given up. `status`: the code, where it is stated apart from the diagnosis.

    Of the code `5.0.0`, which says nothing more, the diagnosis is read for another.
    """
    codes = [found[0] for text in (status, diagnosis) for found in _CODE.finditer(text)]
    code = next((one for one in codes if one != "5.0.0"), codes[0] if codes else "")
    if code in _OUR_SIDE or not _ABOUT_ADDRESS.fullmatch(code):
        return "not_delivered"
    return "bounced"
