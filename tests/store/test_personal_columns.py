"""Each column of the store is said to be about a person or not, and what is about a person is sealed or a pseudonym."""

from tests.personal_columns import PAGE, columns, listed, names

PAGE_TEXT = PAGE.read_text()
ROWS = listed(PAGE_TEXT)


def test_the_page_names_each_column_once() -> None:
    said = {table: sorted(names(personal) + names(other)) for table, (personal, other) in ROWS.items()}
    assert said == {table: sorted(found) for table, found in columns().items()}, (
        "python -m tests.personal_columns"
    )


def test_no_column_is_left_unsaid() -> None:
    assert [table for table, cells in ROWS.items() if "?" in "".join(cells)] == []
