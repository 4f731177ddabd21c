"""The deployment that a command is for: a cluster that the environment names, or `smot up` on the data folder."""

import os

from runtime.config.deployment_file import DeploymentFile
from runtime.config.settings import Settings
from runtime.errors import StartupError

_TEMPORAL_VARIABLES = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")


def is_cluster(settings: Settings) -> bool:
    """The environment names a database and a Temporal server.

    Both are needed: with one of them, `smot verify` might compare the rows of a cluster with the journeys of another.
    """
    return settings.database is not None and any(os.environ.get(name) for name in _TEMPORAL_VARIABLES)


def locate(settings: Settings) -> Settings:
    """The settings with the addresses of Temporal and of the provider. Raises DeploymentNotFound."""
    if is_cluster(settings):
        return settings
    running = DeploymentFile.read(settings.deployment_file)
    return settings.model_copy(update={"temporal": running.temporal, "psp": running.psp})


def provider_address(settings: Settings) -> str:
    """The base URL of the payment provider. Raises StartupError when it is not set."""
    if settings.psp is None:
        raise StartupError("SMOT_PSP is not set: set it to the address of the payment provider")
    return settings.psp
