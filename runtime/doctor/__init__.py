"""`smot doctor`: what is well, what deserves a look, and what is broken, each with the next step."""

import asyncio

from runtime.config.deployment import is_cluster
from runtime.config.settings import Settings
from runtime.doctor import machine, outside, servers
from runtime.doctor.finding import Finding


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing is changed, and nothing needs to be running."""
    here = [machine.python(), machine.unknown_settings()]
    if not is_cluster(settings):
        here += [machine.temporal_program(settings), machine.folder(settings), machine.space(settings)]
        here += [machine.instance(settings), *machine.ports(settings)]
    here += [machine.master_key_of(settings), machine.message_templates(settings)]
    there = (
        servers.database(settings),
        servers.temporal(settings),
        outside.provider(settings),
        outside.mail(settings),
    )
    found = await asyncio.gather(*there)
    return [*here, *(one for some in found for one in some)]
