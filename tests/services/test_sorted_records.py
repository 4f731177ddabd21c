"""Records of a provider in the order of legs, also when they do not fit into memory."""

import random

import pytest

from domain.payments.differences import ProviderRecord
from services.payments import sorted_records
from services.payments.sorted_records import SortedRecords
from tests.builders import gbp


def record(reference: str, key: str) -> ProviderRecord:
    return ProviderRecord(key=key, reference=reference, payment="pay", amount=gbp(100), state="settled")


@pytest.mark.parametrize("in_memory", [3, 1000])
def test_records_come_grouped_by_leg_in_the_order_of_code_points(
    monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(sorted_records, "_IN_MEMORY", in_memory)
    put = [(leg, f"re_{leg}_{n}") for leg in ("B", "a", "A/1", "é", "A-1") for n in range(3)]
    random.Random(7).shuffle(put)
    with SortedRecords() as records:
        for leg, reference in put:
            records.put(leg, record(reference, f"acme/{leg}"))
        found = [(leg, [one.reference for one in some]) for leg, some in records.by_leg()]
    legs = sorted({leg for leg, _ in put})
    assert found == [(leg, [f"re_{leg}_{n}" for n in range(3)]) for leg in legs]


def test_without_records_there_is_nothing() -> None:
    with SortedRecords() as records:
        assert [*records.by_leg()] == []
