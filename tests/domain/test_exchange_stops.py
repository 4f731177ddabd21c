"""New goods of an exchange that are paid back before they leave: none is given twice, and none stays reserved."""

from domain.journey.external_events import apply_event
from domain.model.shipment import ExternalRefund, RefundedLine, RefundedPart
from domain.orders.commands.remove_units import RemoveUnits
from tests.builders import gbp
from tests.domain.exchange_driver import ExchangeDriver
from tests.domain.state_driver import AGENT
from tests.domain.test_exchange_money import begun, dispute, exchanging

TAKEN = "exchange/ret_1/send/1/take"


def leaving(count: int = 1) -> ExchangeDriver:
    """Mugs came back, and the shop was asked to send others for them."""
    driver = exchanging(lamp=False)
    driver.drop_off(begun(driver, count).return_id)
    return driver


def remove(driver: ExchangeDriver, count: int = 1) -> None:
    """An agent cancels so many of the new mugs."""
    lines = ({"line_id": "R1.1.1", "quantity": count},)
    removal = RemoveUnits.model_validate({**driver._envelope(AGENT), "lines": lines})
    assert driver.execute(removal).verdict == "accepted"


def released(driver: ExchangeDriver) -> list[str]:
    """The requests to send whose goods are to go back to the stock."""
    return [call.step.confirmation for call in driver.called if call.step.confirmation]


def the_exchange(driver: ExchangeDriver) -> tuple[str, list[str]]:
    exchange = driver.state.returns[0].exchange
    assert exchange is not None
    return exchange.status, [part.status for part in exchange.parts]


def test_new_goods_that_are_cancelled_go_back_to_the_stock() -> None:
    driver = leaving()
    driver.answer_all()
    remove(driver)
    assert released(driver) == [TAKEN]
    assert the_exchange(driver) == ("cancelled", ["rejected"])
    assert driver.attention_kinds() == ["exchange_to_stop"]
    driver.answer_all()
    driver.until_at_rest()
    assert driver.legs("settled") == [("card", 1200)]


def test_new_goods_that_the_shop_paid_back_go_back_to_the_stock() -> None:
    driver = leaving()
    driver.answer_all()
    refund = ExternalRefund(
        refund="re_shop",
        storefront="shop",
        lines=(RefundedLine(line_id="R1.1.1", quantity=1),),
        parts=(RefundedPart(kind="card", amount=gbp(1200)),),
        at=driver.now,
    )
    driver.state.seq += apply_event(driver.state, refund, driver.now)
    driver.apply_due()
    assert released(driver) == [TAKEN]


def test_goods_that_are_cancelled_while_the_shop_is_asked_are_released_after_its_answer() -> None:
    driver = leaving()
    remove(driver)
    assert released(driver) == []
    driver.answer("accepted")
    assert released(driver) == [TAKEN]


def test_goods_that_were_cancelled_are_not_paid_again_when_the_shop_refuses_them() -> None:
    driver = leaving()
    remove(driver)
    driver.answer("rejected", reason="broken")
    assert released(driver) == [TAKEN]
    driver.answer_all()
    driver.settle_sent_legs()
    assert driver.legs("settled") == [("card", 1200)]


def test_goods_that_are_in_a_parcel_are_not_taken_back() -> None:
    driver = leaving()
    driver.answer_all()
    driver.ship({"R1.1.1": 1}, number="T2")
    driver.cancel_order(AGENT)
    assert (released(driver), the_exchange(driver)) == ([], ("sending", ["accepted"]))


def test_the_merchant_is_asked_to_stop_goods_whose_money_a_bank_has() -> None:
    driver = leaving()
    driver.answer_all()
    dispute(driver, "needs_response", 0, 1200)
    assert driver.state.has_open("exchange_to_stop", "exchange/ret_1/send/1")
    dispute(driver, "won", 9, 1200)
    assert not driver.state.has_open("exchange_to_stop")


def test_the_merchant_is_asked_again_after_a_dispute_was_lost() -> None:
    driver = leaving()
    driver.answer_all()
    dispute(driver, "needs_response", 0, 100)
    driver.advance(days=5)
    assert not driver.state.has_open("exchange_to_stop"), "nobody answered"
    dispute(driver, "lost", 9, 100)
    assert driver.state.has_open("exchange_to_stop")
    driver.advance(days=5)
    assert not driver.state.has_open("exchange_to_stop")


def test_goods_that_a_lost_dispute_has_paid_back_go_back_to_the_stock_and_are_to_be_stopped() -> None:
    driver = leaving()
    driver.answer_all()
    dispute(driver, "lost", 0, 2400)
    assert released(driver) == [TAKEN]
    assert driver.state.has_open("exchange_to_stop")


def test_nobody_is_asked_to_stop_goods_that_have_left() -> None:
    driver = leaving()
    driver.answer_all()
    driver.ship({"R1.1.1": 1}, number="T2")
    driver.scan_delivered("T2")
    dispute(driver, "needs_response", 0, 1200)
    assert not driver.state.has_open("exchange_to_stop")


def test_the_merchant_is_asked_to_stop_units_of_a_part_that_were_cancelled() -> None:
    driver = leaving(2)
    driver.answer_all()
    remove(driver)
    assert released(driver) == [], "the shop takes back a whole request"
    assert driver.attention_kinds() == ["exchange_to_stop"]
    remove(driver)
    assert released(driver) == [TAKEN]
