"""What stops `smot up` is found before anything is imported, created or started: the folder, another instance, a taken port."""

import os

from runtime.config.data_folder import ensure_data_folder, lock_database, lock_owner
from runtime.config.deployment import is_cluster
from runtime.config.ports import choose_port
from runtime.config.settings import Settings
from runtime.errors import StartupError


async def check_start(settings: Settings) -> None:
    """Check what can be checked before a process is started, and create the data folder last. Raises StartupError."""
    if is_cluster(settings):
        raise StartupError(
            "SMOT_DATABASE and TEMPORAL_… name a cluster: run `smot serve` and `smot worker` there, or unset them"
        )
    temporal = settings.data / "temporal.db"
    if lock_owner(temporal) is not None:  # what occupies our ports may be another smot on this folder
        os.close(await lock_database(temporal))
    _check_ports(settings)
    ensure_data_folder(settings.data)


def _check_ports(settings: Settings) -> None:
    """Raises PortTaken."""
    wanted = {
        "SMOT_PORT or --port": settings.port,
        "SMOT_PSP_PORT": settings.psp_port,
        "SMOT_SIMULATOR_PORT": settings.simulator_port,
        "SMOT_TEMPORAL_PORT": settings.temporal_port,
    }
    for setting, port in wanted.items():
        choose_port(port or None, setting)
