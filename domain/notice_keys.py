"""Keys of notices, of their copies and of the messages that carry them."""

from typing import Final

from domain.keys import digest

_AGAIN: Final = "/again/"


def notice(subject: str, reason: str, revision: int) -> str:
    """A notice to a customer. `subject`: what it is about; `revision` rises when there is something new to say."""
    return f"{subject}/{reason}/{revision}"


def order_notice(order: str, about: str, reason: str, revision: int) -> str:
    """A notice about a parcel or a consent, whose ids are unique only within their order."""
    return notice(f"{order}/{about}", reason, revision)


def notice_again(notice: str, command: str) -> str:
    """The key of a further copy of a sent notice, by the command that sends it. A copy of a copy is one of the notice."""
    return f"{copies_of_notice(notice)}{digest(command)}"


def copies_of_notice(notice: str) -> str:
    """How the keys of all copies of that notice begin."""
    return f"{first_notice(notice)}{_AGAIN}"


def first_notice(notice: str) -> str:
    """The notice of which that one is a copy; of any other the notice itself."""
    return notice.partition(_AGAIN)[0]


def is_copy(notice: str) -> bool:
    """Whether the customer was sent that notice before, and a person has it sent again."""
    return _AGAIN in notice


def message(merchant: str, notice: str) -> str:
    """The message of a notice. It is the same for all attempts, so that receivers can drop a copy."""
    return f"msg_{digest(merchant, notice)}"


def channel_message(message: str, channel: str) -> str:
    """The message as one channel sends it: the copy of a second channel is another message. E-mail has the plain id."""
    return message if channel in ("", "email") else f"{message}/{channel}"


def message_of_channel(channel_message: str) -> str:
    """The message from which `channel_message` made that id."""
    return channel_message.partition("/")[0]
