"""`smot up` on one folder over its years: an older file, a check by the doctor, a browser that opens."""

import asyncio
import os
import sqlite3
import sys
import time
from pathlib import Path

import aiohttp

from store.engine import revision
from tests.patience import PATIENCE
from tests.scenarios.command_line import smot
from tests.scenarios.deployment import Deployment
from tests.scenarios.shop import Shop


async def test_an_older_database_file_is_copied_and_upgraded_and_a_newer_one_is_refused(
    tmp_path: Path, http: aiohttp.ClientSession, next_version: dict[str, str]
) -> None:
    deployment = Deployment(tmp_path / "data", next_version)
    await deployment.open()
    shop = await Shop.create(deployment, http)
    order = await shop.place()
    assert await deployment.close() == 0
    data = ("--data", str(deployment.data))
    code, out, err = await smot("migrate", "--down", "0001", *data, env=next_version)
    assert (code, err) == (0, ""), err
    assert (
        f"back from {revision.latest_revision()} to 0001; the file as it was is kept as smot.db.before-"
        in out
    )
    await deployment.open()
    try:
        log = (tmp_path / "data.up.log").read_text()
        assert (
            f"the database went from 0001 to {revision.latest_revision()}; the file as it was is kept as"
            in log
        )
        assert (deployment.data / "smot.db.before-0001").exists()
        assert (await shop.call("GET", f"/v1/orders/{order}")).ok()["order"] == order
        code, out, err = await smot("doctor", *data, env=next_version)
        assert (code, err) == (0, ""), out
        assert "broken" not in out
    finally:
        assert await deployment.close() == 0
    with sqlite3.connect(deployment.data / "smot.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    code, _, err = await smot("up", "--port", "0", *data, env=next_version)
    assert code == 2
    assert "newer version of smot (revision 9999" in err.splitlines()[-1]


async def test_the_pages_open_in_a_browser_once_everything_is_ready(tmp_path: Path) -> None:
    opened, programs = tmp_path / "seen", tmp_path / "bin"
    programs.mkdir()
    browser = programs / "xdg-open"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part; mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "runtime.cli.main",
            "up",
            "--open",
            "--port",
            "0",
            "--data",
            str(tmp_path / "data"),
        ),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not opened.exists():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    finally:
        process.terminate()
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert opened.read_text().strip().endswith("/docs")
    assert opened.read_text().strip() in out.decode()
