"""Reads the settings and reports what is wrong with them. Values are never repeated, as some are secrets."""

import difflib
import os
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from runtime.config.settings import SECRETS_DIR, Settings
from runtime.errors import StartupError

PREFIX = "SMOT_"
# Variables that are not read by Settings, or that `smot merchants add` prints for a shell.
_OTHER_VARIABLES = {SECRETS_DIR, "SMOT_FAILPOINTS", "SMOT_FAILPOINTS_ONCE", "SMOT_API"}


def read_settings(**given: Any) -> Settings:
    """Settings from the arguments, the environment, files of secrets and the defaults, in this order. Raises StartupError."""
    folder = os.environ.get(SECRETS_DIR)
    if folder is not None and not Path(folder).is_dir():
        raise StartupError(f"{SECRETS_DIR} names {folder}, which is not a folder")
    try:
        return Settings(**given)
    except ValidationError as problem:
        wrong = [f"{_variable(one['loc'])}: {one['msg']}" for one in problem.errors(include_input=False)]
        raise StartupError(f"settings: {'; '.join(wrong)}") from None
    except SettingsError as problem:
        named = re.search(r'"(\w+)"', str(problem))
        raise StartupError(
            f"settings: {_variable((named[1],)) if named else problem}: it must be JSON"
        ) from None


def unknown_settings() -> dict[str, str | None]:
    """`SMOT_…` variables that are no settings, each with the setting that was probably meant."""
    known = {_variable((name,)) for name in Settings.model_fields}
    unknown = [
        name for name in os.environ if name.startswith(PREFIX) and name not in known | _OTHER_VARIABLES
    ]
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in sorted(unknown)}


def describe_unknown_settings() -> str | None:
    """One sentence about the unknown variables, None if there are none: a misspelt setting has no effect."""
    unknown = [f"{name} (meant {meant}?)" if meant else name for name, meant in unknown_settings().items()]
    return f"not known: {', '.join(unknown)}" if unknown else None


def _variable(where: tuple[int | str, ...]) -> str:
    return PREFIX + ".".join(map(str, where)).upper()
