"""How it went, as customers say: asked once in the moment, answered by the link of a letter or of the order's page."""

from dataclasses import dataclass

from domain import figure_keys
from domain.actors import Actor, Role
from domain.model.feedback import SCORES, FeedbackAnswer, Survey
from domain.model.notice_policy import ChannelName
from domain.model.state import JourneyState
from domain.notifications.preferences import opted_out
from domain.orders.commands.give_feedback import GiveFeedback
from domain.orders.feedback import answer_of, moments, open_moment
from services.commands import CommandExecutor
from services.order_reader import FoundOrder, OrderReader
from services.sealed_text import seal_text
from services.tokens import FeedbackClaims, TokenSigner
from store.notifications.languages import CustomerLanguages
from store.notifications.preferences import Preferences
from store.orders.links import LinkEpochs
from store.privacy.vault import Vault

_CUSTOMER = Actor(role=Role.CUSTOMER, name="feedback")
_MAIL: ChannelName = "email"


@dataclass(frozen=True)
class FeedbackLink:
    """A link that is good, and its order."""

    claims: FeedbackClaims
    order: FoundOrder


@dataclass(frozen=True)
class FeedbackRequest:
    """A question that stands open. page: its address on this server; scores: what can be answered."""

    survey: Survey
    page: str
    scores: tuple[int, ...]


@dataclass(frozen=True)
class FeedbackState:
    """A question as it stands. score: what was answered, None while nothing was; commented: a comment is kept."""

    survey: Survey
    scores: tuple[int, ...]
    score: int | None
    commented: bool
    locale: str
    zone: str
    number: str


@dataclass(frozen=True)
class OrderFeedback:
    """Reads and takes feedback. Opening a link changes nothing."""

    orders: OrderReader
    commands: CommandExecutor
    tokens: TokenSigner
    epochs: LinkEpochs
    preferences: Preferences
    languages: CustomerLanguages
    vault: Vault

    async def of_order(self, order: FoundOrder) -> tuple[FeedbackRequest | None, tuple[FeedbackAnswer, ...]]:
        """The question to ask now, if any, and all answers."""
        state = (await self.orders.state(order)).state
        return await self._request(order, state), tuple(state.feedback)

    async def _request(self, order: FoundOrder, state: JourneyState) -> FeedbackRequest | None:
        """None where no question stands open, or the customer wants no such questions."""
        context = await self.commands.context(order.merchant, _CUSTOMER, "")
        moment = open_moment(state, context.business_now)
        if moment is None:
            return None
        chosen = await self.preferences.current(order.merchant, order.customer)
        if opted_out(chosen, _MAIL, "feedback"):
            return None
        epoch = await self.epochs.get(order.merchant, order.id) or 0
        claims = FeedbackClaims(
            merchant=order.merchant, order=order.id, epoch=epoch, survey=moment.survey, subject=moment.subject
        )
        page = f"/feedback/{self.tokens.sign_feedback(claims)}"
        return FeedbackRequest(moment.survey, page, tuple(SCORES[moment.survey]))

    async def find(self, token: str) -> FeedbackLink | None:
        """The link, if it is ours and the order's links were not ended since."""
        claims = self.tokens.verify_feedback(token)
        if claims is None or await self.epochs.get(claims.merchant, claims.order) != claims.epoch:
            return None
        order = await self.orders.find_by_id(claims.merchant, claims.order)
        return FeedbackLink(claims, order) if order else None

    async def read(self, link: FeedbackLink) -> FeedbackState | None:
        """The question as it stands; None where there is nothing to judge any more."""
        claims, state = link.claims, (await self.orders.state(link.order)).state
        given = answer_of(state, claims.survey, claims.subject)
        known = any((one.survey, one.subject) == (claims.survey, claims.subject) for one in moments(state))
        if given is None and not known:
            return None
        chosen = await self.languages.of(claims.merchant, link.order.customer)
        return FeedbackState(
            survey=claims.survey,
            scores=tuple(SCORES[claims.survey]),
            score=given.score if given else None,
            commented=bool(given and given.comment),
            locale=chosen or state.order.customer.locale,
            zone=state.order.destination.zone,
            number=state.order.number or state.order.order_id,
        )

    async def give(self, link: FeedbackLink, score: int | None, comment: str) -> None:
        """Keep a score, or a comment to it, once. What cannot be kept changes nothing: the page shows how it stands.

        Raises OrderBusy and JourneyUnavailable.
        """
        claims = link.claims
        if comment and await self.orders.is_erased(link.order):
            comment = ""
        part = "score" if score is not None else "comment"
        command_id = figure_keys.feedback(claims.order, claims.survey, claims.subject, part)
        context = await self.commands.context(claims.merchant, _CUSTOMER, command_id)
        command = GiveFeedback(
            command_id=command_id,
            actor=_CUSTOMER,
            now=context.now,
            survey=claims.survey,
            subject=claims.subject,
            score=score,
            comment=await seal_text(self.vault, link.order, comment),
        )
        state = (await self.orders.state(link.order)).state
        if not command.violations(state, context.business_now):
            await self.commands.execute(context, link.order, command)
