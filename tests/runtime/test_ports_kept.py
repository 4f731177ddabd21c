"""The simulators of `smot up` keep their ports over a restart, so that addresses in a shell stay true."""

import logging
import socket
from collections.abc import Iterator

import pytest

from runtime.config.ports import PortTaken, choose_port, choose_port_again


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_port_of_the_last_start_is_taken_again() -> None:
    last = choose_port()
    assert choose_port_again("provider", 0, "SMOT_PSP_PORT", f"http://127.0.0.1:{last}") == last


def test_a_port_that_another_program_has_taken_is_replaced_and_named(
    taken: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        port = choose_port_again("provider", 0, "SMOT_PSP_PORT", f"http://127.0.0.1:{taken}")
    assert port != taken
    assert (
        f"port {taken} of the provider is taken by another program; it listens on {port} now" in caplog.text
    )


def test_a_port_that_is_set_is_never_replaced(taken: int) -> None:
    free = choose_port()
    assert choose_port_again("provider", free, "SMOT_PSP_PORT", "http://127.0.0.1:1") == free
    with pytest.raises(PortTaken, match="SMOT_PSP_PORT"):
        choose_port_again("provider", taken, "SMOT_PSP_PORT", f"http://127.0.0.1:{free}")


@pytest.mark.parametrize("last", ["", "http://psp.example:443", "http://127.0.0.1:99999", "nonsense"])
def test_an_address_of_elsewhere_is_no_port_of_ours(last: str) -> None:
    assert choose_port_again("provider", 0, "SMOT_PSP_PORT", last) not in (0, 443)
