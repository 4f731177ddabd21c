"""Policies published, listed, compared and restored."""

from dataclasses import dataclass
from typing import Literal

from domain.actors import Actor
from domain.model.terms import Policy
from services.key_names import Doer, KeyNames, doer_of
from services.paging import Page, PageRequest
from services.policies.reader import ReadPolicy
from services.policies.views import (
    PolicyChange,
    PolicyDifference,
    PolicyDocument,
    PolicyVersion,
    changes_between,
)
from store.merchants.policies import NewPolicy, Policies
from store.tables.all import OrderRow, PolicyRow


@dataclass(frozen=True)
class Publication:
    """What became of a policy that was sent to be published.

    outcome: conflict means that another version is in force than the sender expected.
    current: the version that is in force now.
    changes: to the version that was in force before.
    keeping: how many orders keep an earlier version.
    """

    outcome: Literal["published", "unchanged", "conflict"]
    current: PolicyVersion
    changes: tuple[PolicyChange, ...] = ()
    keeping: int = 0


@dataclass(frozen=True)
class PolicyService:
    """The use cases of policies. A version is never changed: a rollback publishes an earlier document as a new version."""

    policies: Policies
    names: KeyNames

    async def publish(
        self, merchant: str, read: ReadPolicy, actor: Actor, expected: int | None
    ) -> Publication | None:
        """Put it in force, unless the version in force means the same; None for an unknown merchant."""
        return await self._publish(merchant, NewPolicy(read.policy, read.text), actor, expected)

    async def roll_back(
        self, merchant: str, version: int, actor: Actor, expected: int | None
    ) -> Publication | None:
        """Publish an earlier version's document again; None for an unknown merchant or version."""
        row = await self.policies.find(merchant, version)
        if row is None:
            return None
        new = NewPolicy(Policy.model_validate_json(row.document), row.text, restores=version)
        return await self._publish(merchant, new, actor, expected)

    async def _publish(
        self, merchant: str, new: NewPolicy, actor: Actor, expected: int | None
    ) -> Publication | None:
        result = await self.policies.publish(merchant, new, actor, expected)
        if result is None:
            return None
        current = await self._version(merchant, result.current, result.current.version)
        if result.outcome != "published":
            return Publication(result.outcome, current)
        before = await self.policies.find(merchant, current.version - 1)
        assert before is not None, "versions are counted without gaps"
        changes = changes_between(Policy.model_validate_json(before.document), new.policy)
        return Publication(
            "published", current, changes, await self.policies.orders_before(merchant, current.version)
        )

    async def page(self, merchant: str, page: PageRequest) -> Page[PolicyVersion]:
        """The newest version first. Raises BadCursor."""
        found = await self.policies.page(merchant, page.limit, page.cursor)
        counts = await self.policies.orders_by_version(merchant, [row.version for row in found.items])
        names = await self.names.of(merchant, {row.name for row in found.items})
        newest = await self.policies.newest(merchant)
        items = [_view(row, newest, counts.get(row.version, 0), _doer(row, names)) for row in found.items]
        return Page(items, found.next)

    async def find(self, merchant: str, version: int | None) -> PolicyDocument | None:
        """A version with its contents; without a number, the one in force. None for an unknown one."""
        newest = await self.policies.newest(merchant)
        row = await self.policies.find(merchant, newest if version is None else version)
        if row is None:
            return None
        view = await self._version(merchant, row, newest)
        policy = Policy.model_validate_json(row.document).model_dump(mode="json")
        return PolicyDocument(**dict(view), policy=policy, text=row.text)

    async def difference(self, merchant: str, first: int, second: int) -> PolicyDifference | None:
        """None where one of the versions does not exist."""
        rows = [await self.policies.find(merchant, version) for version in (first, second)]
        found = [Policy.model_validate_json(row.document) for row in rows if row is not None]
        if len(found) != len(rows):
            return None
        return PolicyDifference(first=first, second=second, changes=changes_between(*found))

    async def orders(self, merchant: str, version: int, page: PageRequest) -> Page[OrderRow] | None:
        """The orders that keep a version, the newest first; None for an unknown version. Raises BadCursor."""
        if await self.policies.find(merchant, version) is None:
            return None
        return await self.policies.orders(merchant, version, page.limit, page.cursor)

    async def _version(self, merchant: str, row: PolicyRow, newest: int) -> PolicyVersion:
        counts = await self.policies.orders_by_version(merchant, [row.version])
        doer = await self.names.doer(merchant, row.role, row.name)
        return _view(row, newest, counts.get(row.version, 0), doer)


def _doer(row: PolicyRow, names: dict[str, str]) -> Doer:
    return doer_of(row.role, row.name, names)


def _view(row: PolicyRow, newest: int, orders: int, doer: Doer) -> PolicyVersion:
    return PolicyVersion(
        version=row.version,
        hash=row.hash,
        in_force=row.version == newest,
        published_at=row.published_at,
        published_by=doer,
        restores=row.restores,
        orders=orders,
    )
