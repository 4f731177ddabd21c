"""An invocation that cannot run reports it in one sentence and with exit code two: no traceback, no password."""

import asyncio
import base64
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from runtime.processes.embedded_temporal import EmbeddedTemporal
from tests.databases import Databases, setting
from tests.next_version import NEW_TABLE, written
from tests.patience import PATIENCE
from tests.postgres import LOCKED
from tests.scenarios.command_line import smot

MASTER_KEY = base64.b64encode(bytes(32)).decode()
HUSH = "hush-hush-42"


def cluster(database: str, **more: str) -> dict[str, str]:
    return {
        "SMOT_DATABASE": database,
        "SMOT_MASTER_KEY": MASTER_KEY,
        "SMOT_PSP": "http://127.0.0.1:9",
        "TEMPORAL_ADDRESS": "127.0.0.1:9",
        **more,
    }


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Bound and not listening: connections are refused, and no other process gets the port."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield closed.getsockname()[1]


async def assert_startup_error(words: str, env: dict[str, str], *parts: str) -> None:
    code, out, err = await smot(*words.split(), env=env)
    assert (code, out) == (2, ""), (words, env, out, err)
    assert err.startswith("smot: "), err
    assert len(err.splitlines()) == 1, err
    assert HUSH not in err
    for part in parts:
        assert part in err, err


async def test_a_database_that_cannot_be_used_is_named_and_its_password_is_not(
    databases: Databases, closed_port: int
) -> None:
    there = setting(await databases.empty("postgresql"))
    absent = there.rpartition("/")[0] + "/no_such_database"
    nobody = f"postgresql://smot:{HUSH}@127.0.0.1:{closed_port}/smot"
    wrong = there.replace("//smot@", f"//{LOCKED}:{HUSH}@")
    assert wrong != there
    await asyncio.gather(
        assert_startup_error("serve", cluster(wrong), "SMOT_DATABASE", "password is wrong"),
        assert_startup_error(
            "worker", cluster(absent), "SMOT_DATABASE", "no_such_database", "is not there: create it"
        ),
        assert_startup_error("migrate", cluster(nobody), "SMOT_DATABASE", "nothing listens"),
        assert_startup_error(
            "serve", cluster("mysql://smot:hush-hush-42@127.0.0.1/smot"), "SMOT_DATABASE", "postgresql://"
        ),
        assert_startup_error(
            "serve", cluster(f"postgresql://smot:{HUSH}@127.0.0.1:port/smot"), "SMOT_DATABASE", "number"
        ),
    )


async def test_tables_of_another_version_are_refused_with_what_to_do(
    databases: Databases, tmp_path: Path
) -> None:
    next_version = written(tmp_path)
    empty, foreign = [setting(await databases.empty("postgresql")) for _ in range(2)]
    older, newer, half = [setting(await databases.migrated("postgresql")) for _ in range(3)]
    for one in (older, half):
        for words in (("migrate",), ("migrate", "--down", "0001")):
            assert (await smot(*words, env=cluster(one, **next_version)))[0] == 0
    await _do(newer, "UPDATE alembic_version SET version_num = '9999'")
    await _do(half, f"CREATE TABLE {NEW_TABLE} (id text)")
    await _do(foreign, "CREATE TABLE orders (id text)")
    await asyncio.gather(
        assert_startup_error("serve", cluster(empty), "no tables", "smot migrate"),
        assert_startup_error("serve", cluster(older, **next_version), "older tables (0001)", "smot migrate"),
        assert_startup_error("worker", cluster(newer), "newer version", "9999"),
        assert_startup_error("migrate", cluster(newer), "newer version", "9999"),
        assert_startup_error(
            "migrate", cluster(half, **next_version), "SMOT_DATABASE", f'"{NEW_TABLE}" already exists'
        ),
        assert_startup_error("migrate", cluster(foreign), "SMOT_DATABASE", "tables that are not smot's"),
    )
    assert [one["version_num"] for one in await _do(half, "SELECT * FROM alembic_version")] == ["0001"]
    tables = await _do(foreign, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [table["tablename"] for table in tables] == ["orders"], (
        "the failed migration must leave nothing behind"
    )


async def test_settings_that_several_processes_must_share_are_required(
    databases: Databases, tmp_path: Path
) -> None:
    database = setting(await databases.migrated("postgresql"))
    alone = {"SMOT_MASTER_KEY": MASTER_KEY}
    short = cluster(database, SMOT_MASTER_KEY="c2hvcnQ=")
    no_key, no_psp = cluster(database), cluster(database)
    del no_key["SMOT_MASTER_KEY"], no_psp["SMOT_PSP"]
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "smot_master_key").write_text("c2hvcnQ=\n")
    await asyncio.gather(
        assert_startup_error("serve", alone, "SMOT_DATABASE", "SQLite", "smot up"),
        assert_startup_error("worker --processes 2", alone, "SMOT_DATABASE", "SQLite", "smot up"),
        assert_startup_error("serve", no_key, "SMOT_MASTER_KEY"),
        assert_startup_error("serve", short, "SMOT_MASTER_KEY", "32 bytes"),
        assert_startup_error(
            "serve", no_key | {"SMOT_SECRETS_DIR": str(secrets)}, "SMOT_MASTER_KEY", "32 bytes"
        ),
        assert_startup_error(
            "serve", no_key | {"SMOT_SECRETS_DIR": str(tmp_path / "nowhere")}, "SMOT_SECRETS_DIR"
        ),
        assert_startup_error("worker", no_psp, "SMOT_PSP"),
    )


async def test_a_temporal_server_that_cannot_be_used_is_named(
    databases: Databases, closed_port: int, tmp_path: Path
) -> None:
    database = setting(await databases.migrated("postgresql"))
    address = f"127.0.0.1:{closed_port}"
    no_address = cluster(database, TEMPORAL_ADDRESS="")
    await asyncio.gather(
        assert_startup_error(
            "serve", cluster(database, TEMPORAL_ADDRESS=address), address, "TEMPORAL_ADDRESS"
        ),
        assert_startup_error(
            "worker", cluster(database, TEMPORAL_ADDRESS=address), address, "TEMPORAL_ADDRESS"
        ),
        assert_startup_error("serve", cluster(database, TEMPORAL_ADDRESS="nonsense"), "nonsense"),
        assert_startup_error("serve", no_address, "TEMPORAL_ADDRESS is not set"),
        assert_startup_error(
            "serve", cluster(database, TEMPORAL_TLS_CLIENT_CERT_PATH=str(tmp_path / "cert.pem")), "cert.pem"
        ),
        assert_startup_error(
            "serve", cluster(database, TEMPORAL_CONFIG_FILE=str(tmp_path / "profiles.toml")), "TEMPORAL_"
        ),
    )


async def test_a_missing_namespace_is_made_and_closed_journeys_are_kept_in_it(
    databases: Databases, tmp_path: Path
) -> None:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.client import Client

    async with EmbeddedTemporal(tmp_path / "temporal.db") as server:
        env = cluster(
            setting(await databases.migrated("postgresql")),
            TEMPORAL_ADDRESS=server.address,
            TEMPORAL_NAMESPACE="shops",
            SMOT_RETENTION="P90D",
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "runtime.cli.main", "serve", "--port", "0", "--json"),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **env},
        )
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        assert line.startswith(b"ready ")
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
        client = await Client.connect(server.address, namespace="shops")
        namespace = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="shops")
        )
        assert namespace.config.workflow_execution_retention_ttl.ToTimedelta().days == 90


async def test_a_missing_resource_of_a_single_machine_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        await asyncio.gather(
            assert_startup_error(f"up --data {tmp_path / 'a'} --port {port}", {}, port, "SMOT_PORT"),
            assert_startup_error(
                f"up --data {tmp_path / 'b'} --port 0",
                {"SMOT_TEMPORAL_PORT": port},
                port,
                "SMOT_TEMPORAL_PORT",
            ),
            assert_startup_error(
                f"up --data {tmp_path / 'c'} --port 0", {"SMOT_PSP_PORT": port}, port, "SMOT_PSP_PORT"
            ),
            assert_startup_error(f"up --data {in_the_way / 'd'} --port 0", {}, "data folder", "SMOT_DATA"),
            assert_startup_error(f"up --data {in_the_way} --port 0", {}, "data folder", "SMOT_DATA"),
            assert_startup_error(f"up --data {tmp_path / 'e'}", {"SMOT_LOG": "loud"}, "SMOT_LOG"),
            assert_startup_error(
                f"up --data {tmp_path / 'f'}", {"SMOT_TEMPORAL_CONFIG": "{"}, "SMOT_TEMPORAL_CONFIG", "JSON"
            ),
            assert_startup_error(
                f"up --data {tmp_path / 'g'}", {"SMOT_WEBHOOK_PORTS": "443,80"}, "SMOT_WEBHOOK_PORTS", "JSON"
            ),
            assert_startup_error(
                f"up --data {tmp_path / 'h'}",
                {"SMOT_RATE_READS": "9/age"},
                "SMOT_RATE_READS",
                "100/10seconds",
            ),
            assert_startup_error(
                f"up --data {tmp_path / 'i'}",
                cluster("postgresql://smot@127.0.0.1:9/smot"),
                "SMOT_DATABASE",
                "smot serve",
            ),
        )


async def test_a_second_start_on_a_folder_names_the_first_and_not_the_port_that_it_keeps_busy(
    tmp_path: Path,
) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal.db"):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            await assert_startup_error(
                f"up --data {tmp_path} --port {port}", {}, "in use by another smot", str(os.getpid())
            )


async def test_a_misspelt_setting_is_reported_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env = {"SMOT_DATABSE": f"postgresql://smot:{HUSH}@127.0.0.1:9/smot"}
    code, _, err = await smot("up", "--data", str(tmp_path / "file"), env=env)
    assert code == 2
    assert "not known: SMOT_DATABSE (meant SMOT_DATABASE?)" in err
    assert HUSH not in err


async def _do(database: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database)
    try:
        records: list[asyncpg.Record] = await connection.fetch(statement)
        return records
    finally:
        await connection.close()


async def test_messages_that_cannot_be_rendered_stop_the_start_before_anything_runs(tmp_path: Path) -> None:
    more, data = tmp_path / "more", tmp_path / "data"
    more.mkdir()
    (more / "fr.po").write_text('msgid "Hello %(name)s,"\nmsgstr "Bonjour %(nom)s,"\n')
    there = {"SMOT_MESSAGE_TEMPLATES": str(more), "SMOT_DATA": str(data), "SMOT_PORT": "0"}
    await assert_startup_error("up", there, "fr.po", "must have name")
    assert not (data / "temporal.db").exists()
    await assert_startup_error(
        "serve",
        cluster("postgresql://smot@127.0.0.1:9/smot", SMOT_MESSAGE_TEMPLATES=str(more)),
        "fr.po",
        "must have name",
    )
