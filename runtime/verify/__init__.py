"""`smot verify`: checks the invariants of a running deployment on our records, the provider's and Temporal's."""

from runtime.verify.report import BrokenInvariant, VerificationReport
from runtime.verify.sources import Sources
from runtime.verify.verification import verify

__all__ = ["BrokenInvariant", "Sources", "VerificationReport", "verify"]
