"""Tracking numbers are compared without their spelling, and shown with it."""

from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.model.tracking_number import is_among, normalize, same

NUMBERS = yaml.safe_load((Path(__file__).parent.parent / "data" / "tracking_numbers.yaml").read_text("utf-8"))


@pytest.mark.parametrize("spellings", NUMBERS["same"], ids=lambda spellings: spellings[0])
def test_spellings_of_one_number_are_the_same(spellings: list[str]) -> None:
    assert len({normalize(spelled) for spelled in spellings}) == 1
    assert is_among(spellings[0], spellings[1:])


@pytest.mark.parametrize("numbers", NUMBERS["different"], ids=lambda numbers: numbers[0])
def test_different_numbers_stay_different(numbers: list[str]) -> None:
    assert not any(same(one, other) for one, other in combinations(numbers, 2))


@given(st.text(max_size=64))
def test_a_normalized_number_is_never_empty_and_normal_for_good(spelled: str) -> None:
    normal = normalize(spelled)
    assert bool(normal) == bool(spelled)
    assert normalize(normal) in (normal, normalize(normalize(normal)))


@given(st.text("0123456789", min_size=8, max_size=40), st.data())
def test_blanks_and_dashes_never_matter_in_a_carriers_number(number: str, data: st.DataObject) -> None:
    spaced = "".join(
        digit + data.draw(st.sampled_from(["", " ", "-", "\u2013", "\u00a0"])) for digit in number
    )
    assert same(number, spaced)
