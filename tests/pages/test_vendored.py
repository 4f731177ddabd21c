"""The files of other projects are those of the manifest, and each project's licence stands beside them."""

import hashlib
import json

from pages.web.static_files import VENDOR

MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def test_the_kept_files_are_those_of_the_manifest() -> None:
    kept = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in VENDOR.iterdir()}
    del kept["manifest.json"], kept["LICENSES.txt"]
    assert kept == {name: file["sha256"] for one in MANIFEST for name, file in one["files"].items()}


def test_every_licence_is_kept() -> None:
    texts = (VENDOR / "LICENSES.txt").read_text()
    for one in MANIFEST:
        assert f"{one['name']} {one['version']} ({one['licence']})" in texts
