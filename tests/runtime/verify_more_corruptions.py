"""One corrupted fact per row, and the sentence with which `verify` must name it: deadlines, notices, merchants, history."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain import keys, payment_keys
from domain.model.scan import ParcelStatus
from domain.model.state import JourneyState
from runtime.verify.sources import VisibleRun
from tests.builders import a_scan
from tests.runtime.verified_deployment import VerifiedDeployment
from tests.runtime.verify_corruptions import ORDER_AND_PAYMENT_CORRUPTIONS, Corruption, snapshot, sql


def _no_attention_item(state: JourneyState) -> None:
    state.attention = []


_TOLD = keys.date_promise(
    "money_arrives", payment_keys.leg(payment_keys.occasion_of_return("ret_1", 1), "card", 1), 1
)


def _broken_and_not_told(state: JourneyState) -> None:
    told = next(one for one in state.date_promises if one.id == _TOLD)
    told.__dict__["outcome"] = "broken"


def _same_event_twice(state: JourneyState) -> None:
    state.parcels[0].scans.append(state.parcels[0].scans[0])


def _unknown_delay(state: JourneyState) -> None:
    state.delay_notices[0].__dict__["reason"] = "exception"


def _other_merchant(state: JourneyState) -> None:
    state.order.__dict__["merchant"] = "other"


def _moving_after_delivery(state: JourneyState) -> None:
    parcel = state.parcels[0]
    earlier = parcel.scans[0].at - timedelta(hours=1)
    parcel.scans.insert(0, a_scan(ParcelStatus.CANCELLED, earlier))


NOTICE_AND_DEADLINE_CORRUPTIONS: list[tuple[str, Corruption, str]] = [
    (
        "I6",
        sql("UPDATE merchants SET clock = '2026-03-11 00:00:00.000000' WHERE id = 'acme'"),
        "order ord_one should have done review of ret_3 at 2026-03-10T00:00:00+00:00; it is 2026-03-11T00:00:00+00:00",
    ),
    (
        "I6",
        sql("UPDATE orders SET next_deadline = NULL"),
        "order ord_one is listed as waiting until nothing, but its snapshot waits until 2026-03-10T00:00:00+00:00",
    ),
    ("I6", snapshot(_no_attention_item), "return ret_3 is in review but no question about it is open"),
    (
        "I6",
        sql("DELETE FROM attention"),
        "question review/ret_3 of order ord_one is open but not in the list",
    ),
    (
        "I6",
        sql("DELETE FROM date_promises"),
        f"date {_TOLD} of order ord_one is not counted as its snapshot has it; restore it from a backup",
    ),
    (
        "I6",
        snapshot(_broken_and_not_told),
        f"date {_TOLD} of order ord_one was broken, and the customer was not told; write to them",
    ),
    (
        "I6",
        sql("UPDATE attention SET owner = 'finance'"),
        "question review/ret_3 of order ord_one is listed with another owner, deadline or default",
    ),
    (
        "I6",
        sql("UPDATE outbox SET status = 'held', reason = 'quiet_hours', held_until = NULL WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 is held without an end",
    ),
    (
        "I6",
        sql(
            "UPDATE outbox SET status = 'held', reason = '', held_until = '2100-01-01 00:00:00.000000' WHERE id = 4"
        ),
        "notice return/ret_2/1/refunded/1 is held without a reason",
    ),
    (
        "I6",
        sql(
            "UPDATE outbox SET status = 'held', reason = 'digest', held_until = '2026-03-08 00:00:00.000000' WHERE id = 4"
        ),
        "notice return/ret_2/1/refunded/1 should have been checked at 2026-03-08T00:00:00+00:00; "
        "it is 2026-03-08T02:00:00+00:00",
    ),
    (
        "I7",
        sql("UPDATE outbox SET bounced_channels = 'sms,email', channel = 'email' WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 was sent by email, which had bounced it",
    ),
    (
        "I7",
        sql("UPDATE outbox SET customer = 'cus_eve' WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 is for cus_eve, order ord_one is of cus_ada",
    ),
    (
        "I7",
        sql("UPDATE outbox SET sent_as = 'msg_other' WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 was sent in the message msg_other of another customer",
    ),
    (
        "I7",
        sql(
            "INSERT INTO frequency_caps (merchant, customer, day, used) VALUES ('acme', 'cus_ada', '2026-03-08', 2)"
        ),
        "customer cus_ada of acme has a count of 2 messages in their day, but 0 were sent",
    ),
    (
        "I7",
        sql("UPDATE outbox SET notice = (SELECT notice FROM outbox WHERE id = 3) WHERE id = 4"),
        "notice return/ret_1/1/refunded/1 of order ord_one exists 2 times",
    ),
    (
        "I7",
        snapshot(_unknown_delay),
        "notice ord_one/p1/no_first_scan/1 names a delay that order ord_one does not have",
    ),
    (
        "I7",
        sql("DELETE FROM outbox WHERE kind = 'delay_corrected'"),
        "a false delay notice about parcel p1 of order ord_one was corrected 0 times",
    ),
    (
        "I7",
        sql(
            "UPDATE outbox SET status = CASE kind WHEN 'delayed' THEN 'dead' ELSE 'dropped' END, sent_at = NULL,"
            " reason = 'x', sending_at = CASE kind WHEN 'delayed' THEN sent_at END WHERE kind IN ('delayed', 'delay_corrected')"
        ),
        "a false delay notice about parcel p1 of order ord_one was corrected 0 times",
    ),
    (
        "I7",
        sql("DELETE FROM outbox WHERE kind = 'delayed'"),
        "a delay of parcel p1 of order ord_one was corrected but no delay notice was sent",
    ),
    (
        "I8",
        sql("UPDATE outbox SET sent_at = NULL WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 is sent but has no time",
    ),
    (
        "I8",
        sql("UPDATE outbox SET status = 'queued' WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 is still queued although the system is idle",
    ),
    (
        "I8",
        sql("UPDATE outbox SET status = 'dead' WHERE id = 4"),
        "notice return/ret_2/1/refunded/1 is dead without a reason",
    ),
    *(
        (
            "I9",
            sql(f"UPDATE {table} SET merchant = 'other'"),
            f"{table}: a row of merchant other refers to orders ord_one of merchant acme",
        )
        for table in (
            "snapshots",
            "returns",
            "parcels",
            "attention",
            "audit",
            "outbox",
            "legs",
            "credit_lots",
        )
    ),
    (
        "I9",
        sql("UPDATE ledger_postings SET merchant = 'other' WHERE id = 1"),
        "ledger_postings: a row of merchant other refers to ledger_entries 1 of merchant acme",
    ),
    (
        "I9",
        sql("UPDATE inbox_waits SET merchant = 'other'"),
        "inbox_waits: a row of merchant other refers to inbox 2 of merchant acme",
    ),
    (
        "I9",
        sql("UPDATE credit_lots SET \"order\" = 'ord_x' WHERE id = 1"),
        "credit_lots: a row of merchant acme refers to orders ord_x that does not exist",
    ),
    (
        "I9",
        snapshot(_other_merchant),
        "order ord_one of merchant acme has a snapshot of merchant other",
    ),
    (
        "I9",
        sql("DELETE FROM merchants WHERE id = 'acme'"),
        "order ord_one is of merchant acme, who does not exist",
    ),
    ("I10", snapshot(_same_event_twice), "parcel p1 of order ord_one holds the same event twice"),
    (
        "I10",
        snapshot(_moving_after_delivery),
        "order ord_one is listed as delivered (parcels delivered: all), but its history has shipped (parcels delivered: none)",
    ),
    (
        "I10",
        sql("UPDATE orders SET stage = 'shipped'"),
        "order ord_one is listed as shipped (parcels delivered: all), but its history has delivered (parcels delivered: all)",
    ),
    (
        "I10",
        sql("UPDATE returns SET money = 'pending' WHERE id = 'ret_1'"),
        "return ret_1 is listed as settled, dropped_off, pending, but its history has settled, dropped_off, paid",
    ),
]


def _shown(**what: Any) -> Corruption:
    async def corrupt(deployment: VerifiedDeployment) -> None:
        deployment.runs.listed = [VisibleRun(**{"id": "order/acme/ord_one", "run_id": "run-1", **what})]

    return corrupt


def _logged(line: str) -> Corruption:
    async def corrupt(deployment: VerifiedDeployment) -> None:
        file = Path(tempfile.mkdtemp()) / "worker.log"
        sound = '{"event": "request", "order": "ord_one", "timestamp": "2026-11-22T00:07:11.401832Z", "by": "131@a.host"}'
        file.write_text(f"{sound}\n{line}\n{sound}\n")
        deployment.logs = [file]

    return corrupt


_KEY = "smot_test_01234567_" + "aB3z" * 12 + "x"
PRIVACY_CORRUPTIONS: list[tuple[str, Corruption, str]] = [
    ("I11", _shown(id="order/acme/jane@example.com"), "an e-mail address is in the id of run run-1"),
    ("I11", _shown(memo='{"card": "4111 1111 1111 1111"}'), "a card number is in the memo of run run-1"),
    (
        "I11",
        _shown(attributes="jane%40example.com"),
        "an e-mail address is in the search attributes of run run-1",
    ),
    (
        "I11",
        _logged("told jane@example.com"),
        "an e-mail address is in line 2 of the newest part of worker.log",
    ),
    ("I11", _logged(f"used {_KEY}"), "a bearer key is in line 2 of the newest part of worker.log"),
    (
        "I11",
        _logged("by whsec_c2VjcmV0IG9mIGFjbWU="),
        "a webhook secret is in line 2 of the newest part of worker.log",
    ),
]

CORRUPTIONS = PRIVACY_CORRUPTIONS + ORDER_AND_PAYMENT_CORRUPTIONS + NOTICE_AND_DEADLINE_CORRUPTIONS
