"""`smot verify --privacy`: planted texts are found wherever a data folder may keep them, and named by line and place."""

import base64
import gzip
import sqlite3
from pathlib import Path

import pytest

from runtime.admin.verify_privacy import search_deployment
from runtime.config.settings import Settings
from runtime.errors import CommandFailed

TEXTS = ["qz-name-1@example.org", "qz-street-17", "qz-phone-0033"]


async def test_each_text_is_named_by_its_line_and_place_and_never_repeated(tmp_path: Path) -> None:
    data = _folder(tmp_path)
    (data / "api.log").write_bytes(base64.b64encode(b"." + TEXTS[1].encode()))
    found = await _found(tmp_path, data)
    lines = [one.partition(": ") for one in found]
    assert {(number, Path(place.split(",")[0].split(" (")[0]).name) for number, _, place in lines} == {
        ("text 1", "smot.db"),
        ("text 2", "api.log"),
    }
    assert any("table letters" in one for one in found), "its value lies on several pages"
    assert not any(text in one for one in found for text in TEXTS)


async def test_other_folders_are_searched_too(tmp_path: Path) -> None:
    data, mails = tmp_path / "data", tmp_path / "mails"
    data.mkdir()
    mails.mkdir()
    assert await _found(tmp_path, data, mails) == []
    (mails / "1.eml.gz").write_bytes(gzip.compress(f"Dear {TEXTS[2]}".encode()))
    [one] = await _found(tmp_path, data, mails)
    assert one.startswith("text 3: ")
    assert "compressed: text" in one


@pytest.mark.parametrize(("content", "also"), [("abc\n", "."), (None, "."), (TEXTS[0], "missing")])
async def test_bad_requests_get_one_sentence(tmp_path: Path, content: str | None, also: str) -> None:
    if content is not None:
        (tmp_path / "texts").write_text(content)
    settings = Settings(data=tmp_path / "data")
    with pytest.raises(CommandFailed):
        await search_deployment(settings, tmp_path / "texts", [tmp_path / also])


def _folder(tmp_path: Path) -> Path:
    """A database in which the text lies across two pages."""
    data = tmp_path / "data"
    data.mkdir()
    with sqlite3.connect(data / "smot.db") as db:
        db.execute("CREATE TABLE letters (body BLOB)")
        for before in range(3_900, 4_200, 4):
            db.execute("INSERT INTO letters VALUES (?)", [b"x" * before + TEXTS[0].encode() + b"y" * 9_000])
    return data


async def _found(tmp_path: Path, data: Path, *also: Path) -> list[str]:
    (tmp_path / "texts").write_text("\n".join([*TEXTS, ""]))
    found, _ = await search_deployment(Settings(data=data), tmp_path / "texts", also)
    return [one.line() for one in found]
