"""Keys of a deployment for tests that start none: all derived from one secret, so that processes of a test agree."""

import hashlib

from store.privacy.encryption import DeploymentKeys, MasterKeyRing


def deployment_keys(secret: bytes) -> DeploymentKeys:
    """One master key, and a root key that follows from it."""
    ring = MasterKeyRing([secret])
    return DeploymentKeys(ring, ring.ids[-1], hashlib.sha256(b"root" + secret).digest())
