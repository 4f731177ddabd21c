"""Failures are written into Temporal's histories without personal data.

The operators of the cluster can read histories for a year, and the message of an exception may quote a row, a body or a name.
The types and places of the exceptions are enough to find a defect.
"""

import dataclasses
from typing import ClassVar, Final

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import FailureError

from runtime.telemetry.redaction import described


class RedactingFailureConverter(DefaultFailureConverter):
    """Keeps the message of failures that we raise on purpose, and replaces that of every other exception."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Convert an exception for a history."""
        super().to_failure(exception, payload_converter, failure)
        if not isinstance(exception, FailureError):
            failure.message = described(exception)


class SharedPayloadConverter(PydanticPayloadConverter):
    """One converter for a process, which keeps what it knows of types. The SDK wants one for each run and workflow task."""

    _only: ClassVar["SharedPayloadConverter | None"] = None

    def __new__(cls) -> "SharedPayloadConverter":
        if cls._only is None:
            cls._only = super().__new__(cls)
            PydanticPayloadConverter.__init__(cls._only)
        return cls._only

    def __init__(self) -> None:
        """It is made already."""


DATA_CONVERTER: Final = dataclasses.replace(
    pydantic_data_converter,
    failure_converter_class=RedactingFailureConverter,
    payload_converter_class=SharedPayloadConverter,
)
