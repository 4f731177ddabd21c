"""Every screen is served: a folder that declares pages has routes in the application."""

import re
from pathlib import Path

import pages
from pages.app import ROUTES

FOLDER = Path(pages.__file__).parent


def test_every_folder_with_pages_has_routes() -> None:
    declaring = {
        file.relative_to(FOLDER).parts[0]
        for file in FOLDER.rglob("*.py")
        if "web" not in file.parts and re.search(r"^@\w*page\(", file.read_text(), re.MULTILINE)
    }
    assert len(declaring) > 10
    assert declaring == {route.screen for route in ROUTES}
