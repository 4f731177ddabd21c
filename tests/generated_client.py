"""Clients as users generate them from `/openapi.json`, made in a folder of the test."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

# As docs/api.md has it: the generator knows no pictures, and takes them as bytes.
PICTURES = dict.fromkeys(("image/svg+xml", "image/png"), "application/octet-stream")


class GeneratedClient:
    """What openapi-python-client makes. warnings: what it could not read."""

    def __init__(self, document: dict[str, Any], folder: Path, name: str) -> None:
        source = folder / "openapi.json"
        source.write_text(json.dumps(document))
        file = ConfigFile(post_hooks=[], content_type_overrides=PICTURES)
        self.folder, self.name = folder / name, name
        config = Config.from_sources(file, MetaType.NONE, source, "utf-8", True, self.folder)
        self.warnings = [str(one) for one in generate(config=config)]
        sys.path.insert(0, str(folder))

    def module(self, path: str) -> ModuleType:
        """A module of the package, such as `api.returns.quote_return`."""
        return importlib.import_module(f"{self.name}.{path}")

    def operations(self) -> set[str]:
        """The names of all operations that it has."""
        return {file.stem for file in (self.folder / "api").glob("*/*.py")} - {"__init__"}
