"""An order as it was sent to us: fingerprints of its parts tell the same order from another one, and which parts differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from domain.actors import Actor
from services.tokens import TokenSigner

_LENGTH = 12  # hexadecimal digits of one part's fingerprint


@dataclass(frozen=True)
class SentOrder:
    """What was sent, and who sent it.

    body_hash: of the whole.
    parts: a fingerprint of each part by its JSON pointer, as JSON; empty where the parts are not known.
    """

    body_hash: str
    actor: Actor
    parts: str = ""

    def differences(self, other: str) -> tuple[str, ...]:
        """The pointers of the parts that another order has otherwise, or that only one of both has."""
        if not (self.parts and other):
            return ()
        ours, theirs = json.loads(self.parts), json.loads(other)
        return tuple(sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)))


def sent_order(parts: Mapping[str, str], tokens: TokenSigner, actor: Actor) -> SentOrder:
    """The order that has these parts, in one form, by their pointers."""
    fingerprints = {pointer: tokens.fingerprint(part)[:_LENGTH] for pointer, part in parts.items()}
    whole = tokens.fingerprint(json.dumps(dict(parts), sort_keys=True))
    return SentOrder(whole, actor, json.dumps(fingerprints, separators=(",", ":")))
