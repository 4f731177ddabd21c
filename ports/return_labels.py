"""Port: what a return form calls reasons and resolutions, in its reader's language."""

from collections.abc import Sequence
from typing import Protocol


class ReturnLabels(Protocol):
    """Names for people of a policy's codes."""

    def language(self, wanted: Sequence[str]) -> str:
        """The language of the labels, as BCP 47: the first of these that there are labels in, else English."""

    def reason(self, code: str, language: str) -> str:
        """The label of a reason for a return; of a merchant's own reason its code in words."""

    def resolution(self, code: str, language: str) -> str:
        """The label of what the customer gets for the goods."""
