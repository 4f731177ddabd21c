"""Answers by the links of letters: the same commands as the API's, sent as the customer."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import keys
from domain.actors import Actor, Role
from domain.journey.customer_questions import (
    Answer,
    CustomerQuestion,
    QuestionKind,
    QuestionStatus,
    answer_command,
    question_status,
)
from domain.orders.commands.cancel_order import CancelOrder
from domain.payments.commands.answer_claw_back import AnswerClawBack
from ports.pages import AnswerPage, PageReader
from services.commands import CommandExecutor
from services.order_reader import FoundOrder, OrderReader, Snapshot
from services.sealed_text import seal_text
from services.tokens import AnswerClaims, TokenSigner
from store.notifications.brands import Brands
from store.orders.links import LinkEpochs
from store.privacy.vault import Vault

READER = Actor(role=Role.CUSTOMER, name="letter")
"""Who holds a letter's link: the customer, and the audit tells it from a link of the storefront."""


@dataclass(frozen=True)
class OpenedLink:
    """A link that is good, and its order."""

    claims: AnswerClaims
    order: FoundOrder


@dataclass(frozen=True)
class LetterAnswers:
    """Reads and takes answers. Opening a link changes nothing; programs open the links of every mail."""

    orders: OrderReader
    commands: CommandExecutor
    tokens: TokenSigner
    epochs: LinkEpochs
    brands: Brands
    vault: Vault

    async def find(self, token: str) -> OpenedLink | None:
        """The link, if it is ours and the order's links were not ended since."""
        claims = self.tokens.verify_answer(token)
        if claims is None or await self.epochs.get(claims.merchant, claims.order) != claims.epoch:
            return None
        order = await self.orders.find_by_id(claims.merchant, claims.order)
        return OpenedLink(claims, order) if order else None

    async def page(self, link: OpenedLink) -> AnswerPage | None:
        """The question as it stands. None where the order knows nothing of it."""
        claims = link.claims
        snapshot = await self.orders.state(link.order)
        context = await self.commands.context(claims.merchant, READER, "")
        status = question_status(claims.question, snapshot.state, context.business_now)
        if status is None:
            return None
        return AnswerPage(
            reader=await self._reader(claims.merchant, snapshot),
            question=claims.question.kind,
            status=status,
            chosen=claims.answer,
            answers=self._answers(claims, status),
        )

    async def answer(self, link: OpenedLink, text: str = "") -> None:
        """Give the answer, once however often it is sent. A refusal needs no word: the page shows how the question stands.

        text: what the customer added as evidence; it is sealed. Raises OrderBusy and JourneyUnavailable.
        """
        claims, question = link.claims, link.claims.question
        name = (question.kind, question.subject, question.round)
        command_id = keys.letter_answer(claims.merchant, claims.order, name, claims.answer)
        context = await self.commands.context(claims.merchant, READER, command_id)
        if await self._is_open(link, question, claims.answer):
            command = answer_command(question, claims.answer, command_id, READER, context.now)
            if isinstance(command, AnswerClawBack) and text and not await self.orders.is_erased(link.order):
                sealed = await seal_text(self.vault, link.order, text)
                command = command.model_copy(update={"text": sealed})
            await self.commands.execute(context, link.order, command)

    async def answer_on_page(
        self, order: FoundOrder, question: tuple[QuestionKind, str], answer: Answer, text: str = ""
    ) -> None:
        """Answer, by its kind and subject, the question as it stands on the order's page; as `answer`."""
        kind, subject = question
        parcel = (await self.orders.state(order)).state.parcel(subject)
        round = parcel.trace_count if parcel is not None and kind == "lost_parcel" else 0
        asked = CustomerQuestion(kind=kind, subject=subject, round=round)
        claims = AnswerClaims(merchant=order.merchant, order=order.id, epoch=0, question=asked, answer=answer)
        await self.answer(OpenedLink(claims, order), text)

    async def cancel_order(self, order: FoundOrder) -> None:
        """Cancel as the customer, once however often it is sent; where it is too late, nothing changes.

        Raises OrderBusy and JourneyUnavailable.
        """
        command_id = keys.letter_answer(order.merchant, order.id, ("order", "", 0), "cancel")
        context = await self.commands.context(order.merchant, READER, command_id)
        await self.commands.execute(context, order, CancelOrder(**context.envelope()))

    async def _is_open(self, link: OpenedLink, question: CustomerQuestion, answer: Answer) -> bool:
        """Whether this round of the question takes the answer. The journey judges by its newest state all the same."""
        snapshot = await self.orders.state(link.order)
        context = await self.commands.context(link.claims.merchant, READER, "")
        status = question_status(question, snapshot.state, context.business_now)
        return status is not None and answer in status.answers

    def _answers(self, claims: AnswerClaims, status: QuestionStatus) -> tuple[tuple[Answer, str], ...]:
        """The chosen one first."""
        possible: Sequence[Answer] = sorted(status.answers, key=lambda answer: answer != claims.answer)
        return tuple(
            (answer, self.tokens.sign_answer(claims.model_copy(update={"answer": answer})))
            for answer in possible
        )

    async def _reader(self, merchant: str, snapshot: Snapshot) -> PageReader:
        order = snapshot.state.order
        looks = await self.brands.appearance(merchant)
        return PageReader(
            locale=order.customer.locale,
            zone=order.destination.zone,
            brand=looks.name,
            accent=looks.accent,
            order_id=order.number or order.order_id,
        )
