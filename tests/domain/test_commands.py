"""The table of commands, and the external events beside it."""

import importlib
import pkgutil
from typing import get_args

import domain
from domain.journey.commands import COMMANDS
from domain.journey.external_events import ExternalEvent
from domain.model.command import Command


def test_every_command_is_in_the_table_once() -> None:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    ours = [command for command in Command.__subclasses__() if command.__module__.startswith("domain.")]
    assert sorted(map(repr, COMMANDS.values())) == sorted(map(repr, ours)) != []


def test_every_external_event_has_a_type_of_its_own() -> None:
    types = {event.model_fields["type"].default for event in get_args(ExternalEvent)}
    assert len(types) == len(get_args(ExternalEvent))
