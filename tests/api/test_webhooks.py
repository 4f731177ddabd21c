"""The routes of carrier webhooks: an unknown merchant takes as long as a known one, and both sources are fully described."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters import untrusted_json
from adapters.carriers.easypost import EasyPost
from adapters.carriers.generic import Generic
from api.http.openapi import describe
from api.http.rate_limits import RateLimiter
from api.http.serving import AppContext, install
from api.routes.webhooks import receive_carrier_webhook
from domain.model.scan import ParcelStatus
from ports.carriers import CarrierMessage, CarrierSource
from services.inbox import Ending, InboundDelivery
from store.engine.columns import real_now
from store.merchants.merchants import SigningConfig
from tests.api.frame_app import ABOUT, Keys, Table

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of acme's, long enough.").decode()
BODY = b'{"type":"tracking.updated","data":{"parcels":[]}}'


class RecordingSource:
    """A source that records the secrets with which it was called."""

    def __init__(self, source: CarrierSource) -> None:
        self.name, self._source = source.name, source
        self.asked: list[list[str]] = []
        self.reads = 0

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime) -> str:
        self.asked.append(secrets)
        return self._source.verify(headers, body, secrets, now)

    def read(self, body: bytes, now: datetime) -> CarrierMessage:
        self.reads += 1
        return self._source.read(body, now)


@dataclass
class Stores:
    """The merchant acme, with secrets, at the business time NOW; accepted deliveries are kept."""

    sources: Mapping[str, RecordingSource] = field(
        default_factory=lambda: {one.name: RecordingSource(one) for one in (EasyPost(), Generic())}
    )
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    accepted: list[InboundDelivery] = field(default_factory=list)

    @property
    def merchants(self) -> "Stores":
        return self

    accounts = inbound = inbox = operations = merchants

    @property
    def carriers(self) -> Mapping[str, RecordingSource]:
        return self.sources

    async def signing_config(self, merchant: str, source: str) -> SigningConfig:
        return SigningConfig(secrets=[SECRET] if merchant == "acme" else [], now=NOW)

    async def accept(self, delivery: InboundDelivery, ending: Ending | None = None) -> str:
        self.accepted.append(delivery)
        return "new"


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
async def client(stores: Stores) -> AsyncIterator[TestClient]:
    app = web.Application()
    install(app, [receive_carrier_webhook], AppContext(stores, Keys(), Table()))
    async with TestClient(TestServer(app)) as client:
        yield client


def signed(secret: str, body: bytes = BODY) -> dict[str, str]:
    stamp = str(int(real_now().timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


async def test_an_accepted_delivery_is_stored_with_its_receive_time(
    client: TestClient, stores: Stores
) -> None:
    answer = await client.post("/v1/webhooks/carriers/generic/acme", data=BODY, headers=signed(SECRET))
    assert answer.status == 202
    assert stores.accepted == [InboundDelivery("acme", "generic", "msg_1", BODY, NOW)]


@pytest.mark.parametrize("source", ["generic", "easypost"])
async def test_an_unknown_merchant_is_verified_like_any_other(
    client: TestClient, stores: Stores, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the time of the answer shows who is a merchant here."""
    for merchant in ("acme", "nobody"):
        answer = await client.post(
            f"/v1/webhooks/carriers/{source}/{merchant}", data=BODY, headers=signed("whsec_AAAA")
        )
        assert answer.status == 401
    known, unknown = stores.sources[source].asked
    assert len(known) == len(unknown) == 1
    assert "not base64" not in caplog.text
    answer = await client.post(
        f"/v1/webhooks/carriers/{source}/nobody", data=BODY, headers=signed(unknown[0])
    )
    assert answer.status == 401
    assert stores.accepted == []


def test_the_description_has_all_that_a_sender_needs() -> None:
    path = describe([receive_carrier_webhook], ABOUT)["paths"]["/v1/webhooks/carriers/{source}/{merchant}"]
    text = path["post"]["description"]
    headers = {"webhook-id", "webhook-timestamp", "webhook-signature", "X-Hmac-Signature"}
    assert [word for word in (*headers, *ParcelStatus) if word not in text] == []
    shape = text[text.index('    {"type"') :].split("\n\n")[0]
    body = json.dumps(json.loads(shape)).encode()
    [parcel] = Generic().read(body, datetime(2027, 1, 1, tzinfo=UTC)).parcels
    report = parcel.update
    assert (len(report.scans), report.scans[0].status) == (1, "in_transit")
    assert report.estimate is not None


@pytest.mark.parametrize("body", [b"{", b"null", b"[]", b"\xff\xfe", b"", b'{"type": 1e400}'])
async def test_what_is_signed_is_accepted_whatever_is_in_it(
    client: TestClient, stores: Stores, body: bytes
) -> None:
    answer = await client.post("/v1/webhooks/carriers/generic/acme", data=body, headers=signed(SECRET, body))
    assert answer.status == 202
    assert stores.accepted == [InboundDelivery("acme", "generic", "msg_1", body, NOW)]
    assert stores.sources["generic"].reads == 0, "it is read by the dispatcher, not before the answer"


async def test_a_wrongly_signed_body_costs_its_signature_and_is_not_looked_into(
    client: TestClient, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parsed(*_: object) -> str:
        raise AssertionError("an unsigned body was parsed")

    monkeypatch.setattr(untrusted_json, "delivery_id", parsed)
    body = b'{"id": "evt_1", "description": "tracker.updated"}'
    for source in ("easypost", "generic"):
        wrong = {**signed("whsec_AAAA", body), "X-Hmac-Signature": "hmac-sha256-hex=00"}
        answer = await client.post(f"/v1/webhooks/carriers/{source}/acme", data=body, headers=wrong)
        assert answer.status == 401
        assert (len(stores.sources[source].asked), stores.sources[source].reads) == (1, 0)
    assert stores.accepted == []
