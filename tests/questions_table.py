"""The page of questions that a journey asks people: `python -m tests.questions_table` writes docs/questions.md."""

from pathlib import Path

from domain.model.attention import AttentionKind
from domain.model.question import DefaultSetting
from domain.model.questions import QUESTIONS

PAGE = Path(__file__).parent.parent / "docs" / "questions.md"
_HEAD = """# Questions

Written by `python -m tests.questions_table` from `domain/model/questions.py` and `money_questions.py`; a test compares.

A journey asks a person when rules cannot decide. Every question has an owner, a deadline and a default: without an answer
by the deadline, the default happens. `GET /v1/attention` lists the open ones; `explain` shows them beside everything else
that an order waits for. Settings are those of the merchant's policy.

A person answers by an override, with a reason: `POST /v1/orders/{order}/overrides` (`mark_delivered`, `mark_lost`,
`set_contents`, `retry_step`, `skip_step`, `paid_by_hand`, `confirm_paid`,
`confirm_unpaid`, `cancel`) or `POST /v1/returns/{return}/overrides` (`approve`,
`refuse`, `release`, `accept_goods`). `mark_lost` and `skip_step` need a senior agent. A fact answers too: a scan, a parcel,
a handover, the customer's choice. The customer answers `consent`, `presumed_lost` and `returned_to_sender`, and opens
`not_received`: by the API, or by the links of the letter that asks (`docs/letters.md`).

A question that is only to be acknowledged, and one that no answer fits, is closed with a reason:
`POST /v1/orders/{order}/attention/closings` with its `kind`, its `subject` and the `reason`. Staff may close any of them,
finance and the warehouse their own. Where the last column is empty closing is refused with `question_needs_answer`, because
money or goods depend on the answer. A number that no parcel has is closed at
`POST /v1/unknown-parcels/{tracking_number}/dismissals`.

| question | owner | what is asked | time to answer | default | what the default does | answers | what closing it does |
|---|---|---|---|---|---|---|---|
"""


def table() -> str:
    return _HEAD + "\n".join(_row(kind) for kind in QUESTIONS) + "\n"


def _row(kind: AttentionKind) -> str:
    question = QUESTIONS[kind]
    time = f"`{question.time.setting}` {question.time.unit}" if question.time else "given with the question"
    match question.default:
        case None:
            default = "given with the question"
        case DefaultSetting(setting=setting):
            default = f"setting `{setting}`"
        case default:
            default = f"`{default}`"
    answers = ", ".join(f"`{answer}`" for answer in question.answers)
    cells = (
        *(f"`{kind}`", question.owner, question.text, time, default, question.otherwise),
        *(answers, question.closing),
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(table())
