"""The page behind a letter's link to a drop-off code."""

from dataclasses import dataclass

from ports.pages import CodePage, PageReader
from services.drop_off_codes import DropOffCodes, qr_svg
from services.order_reader import OrderReader
from services.returns.reader import FoundReturn, ReturnReader
from services.tokens import TokenSigner
from store.merchants.clock import Clocks
from store.notifications.brands import Brands
from store.orders.links import LinkEpochs


@dataclass(frozen=True)
class CodePages:
    """Reads for the page."""

    orders: OrderReader
    returns: ReturnReader
    tokens: TokenSigner
    epochs: LinkEpochs
    brands: Brands
    codes: DropOffCodes
    clocks: Clocks

    async def find(self, token: str) -> FoundReturn | None:
        """The return, if the link is ours and its order's links were not ended since."""
        claims = self.tokens.verify_code(token)
        found = await self.returns.find(claims.merchant, claims.return_id) if claims else None
        if claims is None or found is None:
            return None
        good = await self.epochs.get(claims.merchant, found.order.id) == claims.epoch
        return found if good else None

    async def page(self, found: FoundReturn) -> CodePage | None:
        """None while the journey does not know the return."""
        state = (await self.orders.state(found.order)).state
        case, now = state.case(found.return_id), await self.clocks.business_now(found.order.merchant)
        if case is None:
            return None
        order = state.order
        looks = await self.brands.appearance(found.order.merchant)
        reader = PageReader(
            locale=order.customer.locale,
            zone=order.destination.zone,
            brand=looks.name,
            accent=looks.accent,
            order_id=order.number or order.order_id,
        )
        page = CodePage(reader=reader, number=case.number, state=case.code_state(now))
        if page.state != "valid" or case.method != "drop_off":
            return page
        code = self.codes.code(found.return_id)
        shown = {"code": code, "qr": qr_svg(code), "expires_at": case.code_expires_at}
        return page.model_copy(update=shown)
