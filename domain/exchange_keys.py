"""Keys of exchanges: at the shop's stock and fulfilment systems, of the order's new lines, and of what is paid back for them."""

from domain import keys, notice_keys


def reservation(return_id: str, round: int) -> str:
    """One reservation of the new goods. `round` rises with each new one."""
    return f"exchange/{return_id}/reserve/{round}"


def release(reservation: str) -> str:
    """Giving back what of the reservation was not sent."""
    return f"{reservation}/release"


def sending(return_id: str, part: int) -> str:
    """The request to send the goods for one part of a return."""
    return f"exchange/{return_id}/send/{part}"


def confirmation(sending: str) -> str:
    """Taking the goods of that request out of the stock."""
    return f"{sending}/take"


def line(number: str, part: int, place: int) -> str:
    """The order's line of new goods. `number`: the return's, as people read it."""
    return f"{number}.{part}.{place}"


def occasion_of_refused(return_id: str, part: int) -> str:
    """New goods that the shop does not send: what they were worth is paid back."""
    return f"exchange/{return_id}/{part}"


def occasion_of_payment(return_id: str) -> str:
    """What the customer paid on top for an exchange that did not come to be."""
    return f"exchange/{return_id}/paid"


def occasion_of_further_payment(return_id: str) -> str:
    """A payment of an exchange that was paid before, or at the same moment by another one."""
    return f"exchange/{return_id}/paid_again"


def tender_name(number: str) -> str:
    """The tender of what is paid on top, where the shop does not name it."""
    return f"{number}.paid"


def articles_question(merchant: str, question: str) -> str:
    """A question about articles. It reserves nothing: the same question has the same key."""
    return keys.digest("articles", merchant, question)


def call_of_shop_system(call: str, key: str) -> str:
    """The id of a message to the shop's stock or fulfilment system: repeated calls have the same."""
    return f"msg_{keys.digest(call, key)}"


def notice(return_id: str, revision: int, kind: str, number: int) -> str:
    """A notice about an exchange; `revision` rises with each other choice that is made for the return."""
    return notice_keys.notice(f"{return_id}/{revision}", kind, number)
