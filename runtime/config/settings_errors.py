"""Reading the settings, and saying in a sentence what is wrong with them. Values are never repeated: some are secrets."""

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
# Read by other parts than the settings, or printed by `smot merchants add` for a shell.
_ALSO_OURS = {SECRETS_DIR, "SMOT_FAILPOINTS", "SMOT_FAILPOINTS_ONCE", "SMOT_API"}


def read_settings(**given: Any) -> Settings:
    """From what was given, the environment, files of secrets and the defaults. Raises StartupError."""
    folder = os.environ.get(SECRETS_DIR)
    if folder is not None and not Path(folder).is_dir():
        raise StartupError(f"{SECRETS_DIR} names {folder}, which is no folder")
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
    """Variables that look like ours and are not, each with the one that was probably meant."""
    known = {_variable((name,)) for name in Settings.model_fields}
    odd = [name for name in os.environ if name.startswith(PREFIX) and name not in known | _ALSO_OURS]
    return {name: next(iter(difflib.get_close_matches(name, known, 1)), None) for name in sorted(odd)}


def describe_unknown_settings() -> str | None:
    """One sentence about those, if there are any: a misspelt setting is silently not there."""
    odd = [f"{name} (meant {meant}?)" if meant else name for name, meant in unknown_settings().items()]
    return f"not known: {', '.join(odd)}" if odd else None


def _variable(where: tuple[int | str, ...]) -> str:
    return PREFIX + ".".join(map(str, where)).upper()
