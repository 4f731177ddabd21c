"""How a failure is written into Temporal's histories, which anybody who operates the cluster may read for a year.

An exception's message quotes what was at hand: a row, a body, a name. Types and places say as much about a defect.
"""

import dataclasses
from typing import Final

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import FailureError

from runtime.telemetry.redaction import described


class RedactingFailureConverter(DefaultFailureConverter):
    """Failures that we raise on purpose are told as they are; what merely happened without its message."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        super().to_failure(exception, payload_converter, failure)
        if not isinstance(exception, FailureError):
            failure.message = described(exception)


DATA_CONVERTER: Final = dataclasses.replace(
    pydantic_data_converter, failure_converter_class=RedactingFailureConverter
)
