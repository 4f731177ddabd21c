"""What a backup says of itself: the versions that wrote it, its files, and which master key opens what is sealed in it."""

import hashlib
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints, ValidationError

from runtime.errors import CommandFailed

NAME = "manifest.json"
_CHUNK = 1 << 20  # bytes


class BackupUnusable(CommandFailed):
    """The folder holds no backup that can be restored; the text says why."""


class BackupFile(BaseModel):
    """One file of the backup, with its size in bytes and its SHA-256.

    `name` is never a path: a manifest from elsewhere must not make `smot restore` write outside of the data folder.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z]+)+$")]
    size: int
    sha256: str


class Manifest(BaseModel):
    """The contents of `manifest.json`.

    - `smot`, `revision`: version of the program and of its tables.
    - `temporal`: version of the Temporal server of `smot up`, whose database is in the backup; None when it is not.
    - `master_key`: the id of the key that the deployment sealed with. It reveals nothing of the key.
    """

    format: Literal[1] = 1
    made_at: datetime
    smot: str
    revision: str
    database: Literal["sqlite", "postgresql"]
    temporal: str | None
    master_key: str
    files: list[BackupFile]

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read that of the folder and check that every file is there as it was written. Raises BackupUnusable."""
        try:
            manifest = cls.model_validate_json((folder / NAME).read_text())
        except FileNotFoundError:
            raise BackupUnusable(f"{folder} holds no backup: it has no {NAME}") from None
        except ValidationError as problem:
            raise BackupUnusable(
                f"{folder / NAME} is not one of this version: {problem.errors()[0]['msg']}"
            ) from None
        for file in manifest.files:
            path = folder / file.name
            if not path.is_file() or described(path) != file:
                raise BackupUnusable(f"{path} is not as it was written: the backup is damaged")
        return manifest


def program_version() -> str:
    """The version of smot that is installed."""
    return version("smot")


def described(path: Path) -> BackupFile:
    """The file as the manifest names it."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return BackupFile(name=path.name, size=size, sha256=digest.hexdigest())
