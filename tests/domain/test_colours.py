"""A merchant's colour can be read in every palette, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.colours import PALETTES, contrast, is_colour, mended


@given(st.integers(min_value=0, max_value=0xFFFFFF), st.sampled_from(PALETTES))
def test_any_colour_can_be_read_on_every_ground_and_carries_text(number: int, palette: object) -> None:
    chosen = next(one for one in PALETTES if one == palette)
    accent = mended(f"#{number:06x}", chosen)
    for ground in (*chosen.grounds, accent.soft, accent.on):
        assert contrast(accent.colour, ground) >= chosen.contrast
    assert contrast(accent.hover, chosen.grounds[0]) >= chosen.contrast


def test_a_colour_that_can_be_read_stays() -> None:
    assert mended("#0B5A47", PALETTES[0])[:1] == ("#0b5a47",)
    assert not mended("#0b5a47", PALETTES[0]).mended
    assert mended("#ffee00", PALETTES[0]).mended


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("text", ["red", "#fff", "#12345g", "0b5a47;}", ""])
def test_what_is_no_colour_is_refused(text: str) -> None:
    assert not is_colour(text)
    with pytest.raises(ValueError, match="hexadecimal"):
        mended(text, PALETTES[0])
