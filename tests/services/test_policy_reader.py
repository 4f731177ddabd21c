"""Policies as people write them: what is read, and how each mistake is named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.terms import Policy
from services.policies.document import MAX_LENGTH, PolicyRefused
from services.policies.reader import read_policy_text, read_policy_value
from services.policies.views import changes_between


def refused(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(PolicyRefused) as caught:
        read_policy_text(text)
    return [(fault.pointer, fault.line, fault.detail) for fault in caught.value.faults]


@pytest.mark.parametrize("text", ["", "null", "~", "# only a comment\n", "---\n"])
def test_an_empty_document_is_questioned(text: str) -> None:
    [(pointer, _, detail)] = refused(text)
    assert (pointer, "is empty: is that meant?" in detail) == ("", True)


@pytest.mark.parametrize("text", ["{}", "window: 30", '{"window": 30}', "{'window': 30, pay_on: drop_off}"])
def test_yaml_and_json_are_read_alike(text: str) -> None:
    assert read_policy_text(text).policy == Policy()
    assert read_policy_text(text).text == text


@pytest.mark.parametrize(
    ("text", "pointer", "line", "detail"),
    [
        ("window: 30\nwindow: 99", "/window", 2, "`window` is there twice, first in line 1"),
        ('{"window": 30,\n\n "window": 30}', "/window", 3, "`window` is there twice, first in line 1"),
        ("credit:\n  days: 1\n  days: 2", "/credit/days", 3, "`days` is there twice, first in line 2"),
        ("windw: 30", "/windw", 1, "there is no field `windw`; did you mean window?"),
        ("credit:\n  bonuss: 3", "/credit/bonuss", 2, "there is no field `bonuss`; did you mean bonus?"),
        ("a: 1\nat_risk: 3", "/a", 1, "there is no field `a` here"),
        ("at_risk: 3", "/at_risk", 1, "there is no field `at_risk` here; it belongs to `delays`"),
        ("delays: {window: 3}", "/delays/window", 1, "there is no field `window` here; it belongs to `the top`"),
        ("window: thirty", "/window", 1, "`window` must be a whole number, not text"),
        ("window: '30'", "/window", 1, "`window` must be a whole number, not text: write it without quotes"),
        ("window: 1.5", "/window", 1, "`window` must be a whole number, not a number with decimals"),
        ("window: true", "/window", 1, "`window` must be a whole number, not true or false"),
        ("window:", "/window", 1, "`window` must be a whole number, not nothing"),
        ("window: -1", "/window", 1, "`window` must be at least 0"),
        ("window: 4000", "/window", 1, "`window` must be at most 3650"),
        ("- window", "", 1, "a policy is a set of fields, as in `window: 30`"),
        ("30", "", 1, "a policy is a set of fields, as in `window: 30`"),
        ("credit: 5", "/credit", 1, "`credit` must be a set of fields, as in {name: value}, not a number"),
        ("resolutions: refund", "/resolutions", 1, "`resolutions` must be a list, as in [a, b], not text"),
        ("pay_on: dropoff", "/pay_on", 1, "`pay_on` must be one of drop_off, sent, receipt; did you mean drop_off?"),
        ("reasons: [a, '']", "/reasons/1", 1, "item 2 of `reasons` needs at least 1 character"),
        (
            "delivery:\n  default: s\n  services: {}\n  warehouse: {country: uk, zone: Europe/London}",
            "/delivery/warehouse/country", 4, "`country` must be a country's code of two capital letters, as in GB",
        ),
        ("goodwill: {tiers: [{days: 1}], cap: 5}", "", 1, "goodwill.cap: 5 has no currency: write it as {GBP: 5}, or "
         "name the policy's `currency`"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_line(text: str, pointer: str, line: int, detail: str) -> None:
    assert (pointer, line, detail) in refused(text)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("21:00", 'write it in quotes, as in "21:00"'),
        ("1:30:00", "write it in quotes"),
        ("no", 'write false, or in quotes "no"'),
        ("NO", 'in quotes "NO" if the text is meant'),
        ("on", "write true"),
        ("Off", "write false"),
        ("y", "write true"),
        ("010", "octal"),
        ("08", "write 8"),
        ("0x1F", "digits only"),
        ("1_000", "digits only"),
        ("+5", "digits only"),
        (".5", "digits only"),
        (".inf", "digits only"),
        ("!!binary aGk=", "tags are not used"),
        ("!Ref x", "tags are not used"),
        ('"\\ud800"', "half a character"),
        ('"\\0"', "NUL"),
    ],
)
def test_what_parsers_read_differently_is_explained(written: str, says: str) -> None:
    """YAML 1.1, which many parsers implement, reads these as numbers, truth values or objects; YAML 1.2 does not."""
    for text in (f"window: 1\nnotices: {{quiet: {{sms: {{start: {written}}}}}}}", f"window: {written}"):
        assert any(says in detail for _, _, detail in refused(text)), refused(text)


def test_a_date_without_quotes_is_a_date_and_a_time_in_quotes_is_a_time() -> None:
    delivery = """
    delivery:
      default: s
      services: {s: {cutoff: "21:00", transit: {max_days: 2}}}
      warehouse: {country: GB, zone: Europe/London, closed: [2026-12-24, "2026-12-31"]}
    """
    read = read_policy_text(delivery).policy.delivery
    assert read is not None
    assert [day.isoformat() for day in read.warehouse.closed] == ["2026-12-24", "2026-12-31"]
    [(pointer, line, detail)] = refused(delivery.replace("2026-12-24", "2026-1-5"))
    assert (pointer, line) == ("/delivery/warehouse/closed/0", 5)
    assert "as in 2026-12-24" in detail


@pytest.mark.parametrize(
    "text",
    [
        "window: [", "\tx: 1", "a: b: c", "window: 1\n---\nwindow: 2", "x: *nothing", "[" * 5000, "{a: " * 3000, "\x07: 1",
        "window: 1 # " + "x" * MAX_LENGTH, "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)
        ),
    ],
)  # fmt: skip
def test_what_is_no_document_or_too_large_is_refused_in_one_sentence(text: str) -> None:
    [(_, _, detail)] = refused(text)
    assert "document" in detail


def test_a_value_is_read_like_a_text_without_lines() -> None:
    assert read_policy_value({"window": 3}).policy == Policy(window=3)
    with pytest.raises(PolicyRefused) as caught:
        read_policy_value({"windw": 3})
    [fault] = caught.value.faults
    assert (fault.pointer, fault.line) == ("/windw", None)


TEXT = st.text("aZ0:-_ €", max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(Policy.model_fields)), JSON, max_size=4))
def test_no_message_has_a_word_of_the_library(value: dict[str, Any]) -> None:
    try:
        read_policy_value(value)
    except PolicyRefused as caught:
        for fault in caught.faults:
            assert fault.detail
            for word in ("Input should", "pydantic", "Value error", "valid dictionary", "instance of", "ctx"):
                assert word not in fault.detail


def test_the_difference_of_two_policies_names_each_field_and_to_whom_it_applies() -> None:
    before = read_policy_text("window: 30").policy
    after = read_policy_text("{window: 14, credit: {bonus: 0}, notices: {per_customer_day: 1}}").policy
    found = {one.pointer: (one.before, one.after, one.applies_to) for one in changes_between(before, after)}
    assert found == {
        "/window": (30, 14, "new_orders"),
        "/credit/bonus": (1000, 0, "new_orders"),
        "/notices/per_customer_day": (3, 1, "all_orders"),
    }
    assert changes_between(after, after) == ()
    limited = read_policy_text("{window: 30, second_approver: {agent: {GBP: 50}}}").policy
    assert [one.pointer for one in changes_between(before, limited)] == ["/second_approver/agent/GBP"], (
        "that no one was limited before is no change of its own"
    )
