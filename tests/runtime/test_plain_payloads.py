"""The SDK's search for payloads runs where a converter has a codec, and is left out where it has none."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from temporalio.api.common.v1 import Payload
from temporalio.bridge import worker as bridge
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import DataConverter, PayloadCodec

from runtime.processes.plain_payloads import leave_plain_payloads
from runtime.telemetry.failure_redaction import DATA_CONVERTER


class _Reversing(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(data=one.data[::-1]) for one in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return await self.encode(payloads)


async def _walked(converter: DataConverter) -> tuple[bytes, bytes]:
    """A workflow's argument as it gets it, and an activity's as it leaves."""
    leave_plain_payloads()
    activation, completion = WorkflowActivation(), WorkflowActivationCompletion()
    argument = activation.jobs.add().initialize_workflow.arguments.add()
    argument.data = b"abc"
    scheduled = completion.successful.commands.add().schedule_activity.arguments.add()
    scheduled.data = b"xyz"
    # As the SDK calls them.
    await bridge.decode_activation(activation, converter, decode_headers=False, storage_concurrency_limit=1)
    await bridge.encode_completion(completion, converter, encode_headers=False, storage_concurrency_limit=1)
    return (
        activation.jobs[0].initialize_workflow.arguments[0].data,
        completion.successful.commands[0].schedule_activity.arguments[0].data,
    )


def test_payloads_without_a_codec_are_left_as_they_are() -> None:
    assert asyncio.run(_walked(DATA_CONVERTER)) == (b"abc", b"xyz")
    assert bridge.decode_activation.__module__ == "runtime.processes.plain_payloads"


def test_a_codec_is_still_applied() -> None:
    with_codec = replace(DATA_CONVERTER, payload_codec=_Reversing())
    assert asyncio.run(_walked(with_codec)) == (b"cba", b"zyx")
