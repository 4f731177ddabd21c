"""Tracking numbers in a shop's field."""

import pytest

from adapters.storefronts.tracking_numbers import numbers_in


@pytest.mark.parametrize(
    ("fields", "numbers"),
    [
        (["1Z1", "1Z2", "1Z1"], ("1Z1", "1Z2")),
        (["1Z1, 1Z2;1Z3 | 1Z4"], ("1Z1", "1Z2", "1Z3", "1Z4")),
        (["RR123456785DE\r\nRR123456799DE"], ("RR123456785DE", "RR123456799DE")),
        (["AB1 / AB2", "AB3 & AB4"], ("AB1", "AB2", "AB3", "AB4")),
        (["单号一，单号二、单号三"], ("单号一", "单号二", "单号三")),
        (
            ["9400 1000 0000 0000 0000 00", "1Z-999-AA1", "A/B"],
            ("9400 1000 0000 0000 0000 00", "1Z-999-AA1", "A/B"),
        ),
        ([" , ", ""], ()),
    ],
)
def test_each_number_of_a_field_is_found(fields: list[str], numbers: tuple[str, ...]) -> None:
    assert numbers_in(fields) == numbers
