"""Passwords: hashed with argon2id in a thread, so that the loop serves others meanwhile."""

import asyncio
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.staff.accounts import MAX_PASSWORD, normal_password

_AT_ONCE = 2  # hashes that are computed at a time: each takes 19 MiB and a core


class Passwords:
    """Hashes and verifies. With 19 MiB and two rounds, as OWASP advises for servers."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, normal_password(password))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether it is the password. An empty hash takes the same time, and is no password's."""
        async with self._room:
            right = await asyncio.to_thread(self._same, stored or self._decoy, password)
        return right and bool(stored)

    def _same(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, normal_password(password[: 4 * MAX_PASSWORD]))
        except (Argon2Error, InvalidHashError):
            return False

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("the password of no user")
