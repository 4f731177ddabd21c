"""What a question to a person consists of: owner, deadline and default, so that an order never waits without end (NEW-10)."""

from datetime import timedelta
from operator import attrgetter
from typing import Literal

from domain.base import Frozen
from domain.model.attention import AttentionDefault, Owner
from domain.model.terms import Policy


class AnswerTime(Frozen):
    """The time to answer: a setting of the merchant's policy, in its unit."""

    setting: str
    unit: Literal["days", "hours"] = "days"

    def of(self, policy: Policy) -> timedelta:
        return timedelta(**{self.unit: attrgetter(self.setting)(policy)})


class DefaultSetting(Frozen):
    """A default that the merchant chooses: a setting of the policy."""

    setting: str

    def of(self, policy: Policy) -> AttentionDefault:
        default: AttentionDefault = attrgetter(self.setting)(policy)
        return default


class Question(Frozen):
    """One kind of question.

    text: the question, as the owner reads it.
    owner: the role that answers.
    default: what happens without an answer; None if the opener of the question gives it.
    otherwise: what that default means for the order.
    time: how long the owner has; None if the opener of the question gives the deadline.
    answers: the overrides and routes by which a person answers it; none where closing it is the only answer.
    closing: what happens when a person closes it with a reason (`close_question`); empty where only an answer closes it.
    audited: opening it writes an audit entry. The others are opened by a change that writes its own.
    """

    text: str
    owner: Owner
    default: AttentionDefault | DefaultSetting | None
    otherwise: str
    time: AnswerTime | None = AnswerTime(setting="attention_days")
    answers: tuple[str, ...] = ()
    closing: str = ""
    audited: bool = False
