"""Which deployment a command is about: a cluster that the environment names, or what `smot up` runs on a folder."""

import os

from runtime.config.deployment_file import DeploymentFile
from runtime.config.settings import Settings
from runtime.errors import StartupError

_TEMPORAL_VARIABLES = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")


def is_cluster(settings: Settings) -> bool:
    """Both halves are needed: with one alone we might judge a cluster's rows by the journeys of somewhere else."""
    return settings.database is not None and any(os.environ.get(name) for name in _TEMPORAL_VARIABLES)


def locate(settings: Settings) -> Settings:
    """Settings that say where Temporal and the provider are. Raises DeploymentNotFound, StartupError."""
    if is_cluster(settings):
        return settings
    running = DeploymentFile.read(settings.deployment_file)
    return settings.model_copy(update={"temporal": running.temporal, "psp": running.psp})


def provider_address(settings: Settings) -> str:
    """Its address. Raises StartupError."""
    if settings.psp is None:
        raise StartupError("SMOT_PSP is not set: name the payment provider of this deployment")
    return settings.psp
