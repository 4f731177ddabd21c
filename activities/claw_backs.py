"""One step of a claim: in the ledger, or at the provider of the page on which it is paid."""

from collections.abc import Mapping

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.heartbeat import heartbeat
from domain.model.claw_back_request import ClawBackRequest, ClawBackResult
from ports.claw_backs import ClawBackLedger
from ports.payment_links import LinkRequest, PaymentLinks
from ports.payments import AccountRefused, OutcomeUnknown


class ClawBackActivities:
    """The steps of claims. Each may run any number of times; it has its effect once."""

    def __init__(self, ledger: ClawBackLedger, links: Mapping[str, PaymentLinks]) -> None:
        """`links`: the providers that have pages to pay on, by name."""
        self._ledger = ledger
        self._links = links

    @activity.defn
    async def do_claw_back_work(self, request: ClawBackRequest) -> ClawBackResult:
        """Do the step. Raises ApplicationError "OutcomeUnknown" (retryable) while a provider gives no clear answer."""
        async with heartbeat():
            try:
                return await self._do(request)
            except OutcomeUnknown as error:
                raise ApplicationError(str(error), type="OutcomeUnknown") from error

    async def _do(self, request: ClawBackRequest) -> ClawBackResult:
        done = ClawBackResult(key=request.key, outcome="done")
        match request.kind:
            case "collect":
                collected = await self._ledger.collect(request)
                return done.model_copy(update={"netted": collected.netted, "booked": collected.booked})
            case "open_link":
                return await self._open(request)
            case "close_link":
                return await self._close(request)
            case _:
                await self._ledger.book(request)
                return done

    async def _open(self, request: ClawBackRequest) -> ClawBackResult:
        """At the first provider at which the merchant has an account, those of the order before others."""
        wanted = LinkRequest(
            key=request.link,
            merchant=request.merchant,
            order=request.order_id,
            amount=request.amount,
        )
        for name in dict.fromkeys([*request.providers, *self._links]):
            links = self._links.get(name)
            if links is None:
                continue
            try:
                opened = await links.open(wanted)
            except AccountRefused:
                continue  # no account, or keys that are refused: a person asks for the payment
            if opened is not None:
                return ClawBackResult(
                    key=request.key,
                    outcome="done",
                    provider=name,
                    reference=opened.reference,
                    url=opened.url,
                )
        return ClawBackResult(key=request.key, outcome="unavailable")

    async def _close(self, request: ClawBackRequest) -> ClawBackResult:
        links = self._links.get(request.link_provider)
        if links is None:
            return ClawBackResult(key=request.key, outcome="unavailable")
        try:
            paid = await links.close(
                request.merchant, request.link_reference, currency=request.amount.currency
            )
        except AccountRefused:  # a payment that still comes is booked by its webhook
            return ClawBackResult(key=request.key, outcome="unavailable")
        return ClawBackResult(key=request.key, outcome="done", payments=tuple(paid))
