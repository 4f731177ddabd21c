"""`smot doctor`: checks everything that smot needs and gives the next step for each problem."""

import asyncio

from runtime.config.deployment import is_cluster
from runtime.config.settings import Settings
from runtime.doctor import external_services, machine, servers
from runtime.doctor.finding import Finding


async def examine(settings: Settings) -> list[Finding]:
    """Run all checks. Nothing is changed, and nothing needs to be running."""
    local = [machine.python(), machine.unknown_settings()]
    if not is_cluster(settings):
        local += [machine.temporal_program(settings), machine.folder(settings), machine.space(settings)]
        local += [machine.instance(settings), *machine.ports(settings)]
    local += [machine.master_key_of(settings), machine.message_templates(settings), machine.openid()]
    remote = await asyncio.gather(
        servers.database(settings),
        servers.temporal(settings),
        external_services.provider(settings),
        external_services.mail(settings),
    )
    return [*local, *(finding for findings in remote for finding in findings)]
