"""The keys of a deployment as its settings give them, and what is said when they are lost."""

import base64
from pathlib import Path

import pytest

from runtime.cli.merchants import SENDERS
from runtime.config.settings import Settings
from runtime.deployment_keys import LostMasterKey, open_deployment_keys
from runtime.inbound_wiring import SOURCES, STOREFRONTS
from store.engine.database import Database
from store.privacy.encryption import master_key_id

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))


def settings_with(folder: Path, *keys: bytes) -> Settings:
    lines = "\n".join(base64.b64encode(key).decode() for key in keys)
    return Settings(data=folder, master_key=lines)


async def test_a_lost_master_key_is_one_sentence_that_names_it(url: str, tmp_path: Path) -> None:
    db = Database(url)
    try:
        first = await open_deployment_keys(settings_with(tmp_path, OLD), db)
        both = await open_deployment_keys(settings_with(tmp_path, OLD, NEW), db)
        assert (first.active, both.active) == (master_key_id(OLD), master_key_id(OLD))
        assert first.derived("codes") == both.derived("codes")
        with pytest.raises(LostMasterKey) as caught:
            await open_deployment_keys(settings_with(tmp_path, OTHER), db)
    finally:
        await db.close()
    text = str(caught.value)
    assert master_key_id(OLD) in text
    assert master_key_id(OTHER) in text
    assert "SMOT_MASTER_KEY" in text
    assert "\n" not in text


def test_the_command_line_names_every_sender() -> None:
    assert sorted(SENDERS) == sorted({*SOURCES, *STOREFRONTS})
