"""Small files are written whole or not at all: a full disk leaves neither half a key nor a stray file."""

import base64
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.config.deployment_file import DeploymentFile, DeploymentNotFound
from runtime.config.private_file import create_file, replace_file

Write = Callable[[Path, str], None]


@pytest.mark.parametrize("write", [create_file, replace_file])
def test_a_file_holds_the_whole_text_for_its_owner_only(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "a" / "key", "text\n")
    assert (tmp_path / "a" / "key").read_text() == "text\n"
    assert stat.S_IMODE((tmp_path / "a" / "key").stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "a") == ["key"]


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    create_file(tmp_path / "key", "first")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "key", "second")
    assert (tmp_path / "key").read_text() == "first"
    assert os.listdir(tmp_path) == ["key"]


def test_a_file_is_replaced(tmp_path: Path) -> None:
    replace_file(tmp_path / "addresses", "old")
    replace_file(tmp_path / "addresses", "new")
    assert (tmp_path / "addresses").read_text() == "new"
    assert os.listdir(tmp_path) == ["addresses"]


def _no_room() -> None:
    """No file may grow beyond 0 bytes, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@pytest.mark.parametrize(
    "call",
    [
        "from runtime.config.private_file import create_file as write; write(Path('kept'), 'text')",
        "from runtime.config.private_file import replace_file as write; write(Path('old'), 'new')",
        "from runtime.config.secrets import master_keys; from runtime.config.settings import Settings; "
        "master_keys(Settings(data=Path('.')))",
        "from runtime.processes.temporal_version import write_version; write_version(Path('t.db'), '1')",
    ],
)
def test_nothing_is_left_when_the_disk_is_full(tmp_path: Path, call: str) -> None:
    (tmp_path / "old").write_text("as it was")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", f"from pathlib import Path; {call}"],
        cwd=tmp_path, env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}, preexec_fn=_no_room,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert (os.listdir(tmp_path), (tmp_path / "old").read_text()) == (["old"], "as it was")


def test_the_master_key_is_created_whole(tmp_path: Path) -> None:
    from runtime.config.secrets import master_keys
    from runtime.config.settings import Settings

    keys = master_keys(Settings(data=tmp_path))
    assert [base64.b64decode((tmp_path / "secrets.key").read_text())] == keys
    assert master_keys(Settings(data=tmp_path)) == keys


def test_a_damaged_file_of_addresses_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "running.json").write_text('{"api": ')
    with pytest.raises(DeploymentNotFound, match=r"running\.json is damaged; start `smot up` there again"):
        DeploymentFile.read(tmp_path / "running.json")
