"""Labels of a return form's reasons and resolutions, from `return_labels.yaml`."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from adapters.messages.catalogues import SOURCE
from adapters.messages.locales import choose_catalogue

_Labels = dict[str, dict[str, dict[str, str]]]
_FILE = Path(__file__).with_name("return_labels.yaml")


class CatalogueReturnLabels:
    """The port `ReturnLabels`."""

    def __init__(self) -> None:
        self._labels = TypeAdapter(_Labels).validate_python(yaml.safe_load(_FILE.read_text("utf-8")))

    @property
    def languages(self) -> list[str]:
        """The names of the languages, as catalogues of letters are called."""
        return list(self._labels)

    def language(self, wanted: Sequence[str]) -> str:
        """See the port. English that is wanted before another language is not passed over."""
        for tag in wanted:
            chosen = choose_catalogue(tag, self._labels)
            if chosen != SOURCE or tag.split("-")[0].lower() == SOURCE:
                return chosen.replace("_", "-")
        return SOURCE

    def reason(self, code: str, language: str) -> str:
        """See the port."""
        return self._label("reasons", code, language)

    def resolution(self, code: str, language: str) -> str:
        """See the port."""
        return self._label("resolutions", code, language)

    def _label(self, kind: str, code: str, language: str) -> str:
        own = self._labels[language.replace("-", "_")][kind].get(code)
        return own or code.replace("_", " ").capitalize()
