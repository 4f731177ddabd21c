"""The SDK's search for payloads to decode or encode, left out where it changes none.

For each workflow task it walks through all messages six times, with a task of the event loop and a call into the sandbox for
every payload: for a codec, and for payloads that are stored elsewhere. We have neither, and it was a quarter of a worker's time.
"""

from temporalio.bridge import worker as bridge
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import DataConverter
from temporalio.converter._extstore import StorageOperationMetrics

_decode, _encode = bridge.decode_activation, bridge.encode_completion


async def _decode_if_needed(
    activation: WorkflowActivation,
    data_converter: DataConverter,
    decode_headers: bool,
    storage_concurrency_limit: int,
) -> StorageOperationMetrics:
    if data_converter._decode_payload_has_effect:
        return await _decode(activation, data_converter, decode_headers, storage_concurrency_limit)
    return StorageOperationMetrics()


async def _encode_if_needed(
    completion: WorkflowActivationCompletion,
    data_converter: DataConverter,
    encode_headers: bool,
    storage_concurrency_limit: int,
) -> StorageOperationMetrics:
    if data_converter._decode_payload_has_effect:
        return await _encode(completion, data_converter, encode_headers, storage_concurrency_limit)
    return StorageOperationMetrics()


def leave_plain_payloads() -> None:
    """For all workers of this process; those whose converter has a codec or a store work as before. Again is a no-op."""
    bridge.decode_activation, bridge.encode_completion = _decode_if_needed, _encode_if_needed
