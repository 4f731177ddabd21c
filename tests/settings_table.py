"""Every setting with its default and its meaning: `python -m tests.settings_table` writes docs/settings.md."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from runtime.config.settings import SECRETS_DIR, Settings

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
_HEAD = f"""# Settings

Written by `python -m tests.settings_table` from `runtime/config/settings.py`; a test compares.

All have a default that works with `smot up`. `smot serve` and `smot worker` need `SMOT_DATABASE`, `SMOT_MASTER_KEY` and
`TEMPORAL_ADDRESS`, a worker `SMOT_PSP` too. `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_…` and
profiles are those of Temporal's own tools; `OTEL_EXPORTER_OTLP_ENDPOINT` has traces sent, with the extra `otel`.

Any of them may be a file in the folder that `{SECRETS_DIR}` names, called like its variable in lower case (`smot_database`);
the environment goes before it. Durations are ISO 8601 (`P90D`, `PT70S`). `smot doctor`, and every start, names a variable that
looks like one of these and is none.

| variable | default | what it is |
|---|---|---|
"""


def table() -> str:
    rows = [
        f"| `SMOT_{name.upper()}` | {_shown(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    """As a user would write it."""
    if default is None or default == {}:
        return ""
    if isinstance(default, timedelta):
        default = TypeAdapter(timedelta).dump_python(default, mode="json")
    if isinstance(default, tuple):
        default = list(default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    PAGE.write_text(table())
