"""`verify` finds nothing in a sound deployment, and names each single corrupted fact."""

from collections import Counter
from collections.abc import AsyncIterator, Collection

import pytest
import pytest_asyncio

from domain.model.scan import ParcelStatus, TrackingStatus
from store.engine.database import Database
from tests.databases import KINDS, Databases, Kind
from tests.runtime.verified_deployment import FakeRuns, VerifiedDeployment, build_deployment
from tests.runtime.verify_corruptions import Corruption
from tests.runtime.verify_missing_and_stuck import MISSING_AND_STUCK_CORRUPTIONS
from tests.runtime.verify_more_corruptions import CORRUPTIONS as EARLIER_CORRUPTIONS

CORRUPTIONS = [*EARLIER_CORRUPTIONS, *MISSING_AND_STUCK_CORRUPTIONS]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=KINDS)
async def sound(
    databases: Databases, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[VerifiedDeployment, str]]:
    """Made once on each kind of database, and disconnected, to be copied."""
    kind: Kind = request.param
    url = await databases.migrated(kind)
    deployment = await build_deployment(url)
    await deployment.database.close()
    yield deployment, url
    await databases.drop(url)


@pytest_asyncio.fixture(loop_scope="session")
async def deployment(
    sound: tuple[VerifiedDeployment, str], databases: Databases
) -> AsyncIterator[VerifiedDeployment]:
    """A copy to corrupt."""
    original, source = sound
    url = await databases.copy(source)
    copy = VerifiedDeployment(Database(url))
    copy.provider.made_refunds, copy.runs.open = (
        list(original.provider.made_refunds),
        original.runs.open.copy(),
    )
    yield copy
    await copy.database.close()
    await databases.drop(url)


@pytest.mark.parametrize("quiesced", [True, False])
async def test_a_sound_deployment_has_no_broken_invariant_and_every_one_was_checked(
    deployment: VerifiedDeployment, quiesced: bool
) -> None:
    report = await deployment.verify(quiesced=quiesced)
    assert report.broken == ()
    counts = {"orders": 1, "snapshots": 1, "legs": 3, "notices": 4, "returns": 3, "refunds": 1}
    counts |= {"runs": 1, "journeys": 1, "deliveries": 2, "answers": 1, "webhooks": 5}
    assert report.checked == counts


@pytest.mark.databases_in_turn  # each report asks all queries of the database it is on
@pytest.mark.parametrize(
    ("invariant", "corrupt", "says"), CORRUPTIONS, ids=[f"{c[0]}_{n}" for n, c in enumerate(CORRUPTIONS)]
)
async def test_verify_names_the_one_fact_that_is_corrupt(
    deployment: VerifiedDeployment, invariant: str, corrupt: Corruption, says: str
) -> None:
    await corrupt(deployment)
    report = await deployment.verify()
    messages = [broken.message for broken in report.broken if broken.invariant == invariant]
    assert says in messages, "\n".join(f"{broken.invariant} {broken.message}" for broken in report.broken)


async def test_the_table_of_corruptions_covers_every_invariant() -> None:
    assert {row[0] for row in CORRUPTIONS} == {
        "I1", "I2", "I3", "I4", "I4b", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12"
    }  # fmt: skip


async def test_while_work_goes_on_what_is_under_way_is_not_broken(deployment: VerifiedDeployment) -> None:
    await deployment.sql("UPDATE outbox SET status = 'queued', sent_at = NULL WHERE id = 4")
    await deployment.sql("UPDATE inbox SET status = 'received' WHERE delivery_id = 'evt_1'")
    await deployment.sql("UPDATE idempotency SET status = 'running', http_status = NULL, response = NULL")
    assert (await deployment.verify(quiesced=False)).broken == ()
    assert {broken.invariant for broken in (await deployment.verify()).broken} == {"I1", "I8"}


async def test_a_leg_of_another_provider_is_counted_and_not_missed_in_the_sandbox(
    deployment: VerifiedDeployment,
) -> None:
    await deployment.sql("UPDATE legs SET provider = 'stripe' WHERE provider = 'sandbox'")
    deployment.provider.made_refunds.clear()
    report = await deployment.verify()
    assert report.broken == ()
    assert report.checked["legs left to `smot reconcile payments`"] == 1


async def test_a_released_key_needs_no_stored_answer(deployment: VerifiedDeployment) -> None:
    await deployment.sql("UPDATE idempotency SET status = 'free', http_status = NULL, response = NULL")
    assert (await deployment.verify()).broken == ()


async def test_a_false_delay_that_may_have_left_before_a_crash_may_be_corrected(
    deployment: VerifiedDeployment,
) -> None:
    await deployment.sql(
        "UPDATE outbox SET status = 'queued', sending_at = sent_at, sent_at = NULL WHERE kind = 'delayed'"
    )
    assert (await deployment.verify(quiesced=False)).broken == ()


async def test_a_run_missing_only_in_the_first_read_is_not_reported(
    deployment: VerifiedDeployment,
) -> None:
    run = next(iter(deployment.runs.open))
    reads = iter([Counter({run: 0}), Counter({run: 1})])

    class LateRuns(FakeRuns):
        async def runs_of(self, workflow_ids: Collection[str]) -> Counter[str]:
            return next(reads)

    deployment.runs = LateRuns()
    assert (await deployment.verify()).broken == ()


async def test_a_parcel_that_left_its_final_state_is_named(
    deployment: VerifiedDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stored fact can cause that, only a defect of the fold: verify does not trust the fold."""
    monkeypatch.setattr(
        "domain.model.scan.fold", lambda scans: TrackingStatus(status=ParcelStatus.IN_TRANSIT)
    )
    messages = [broken.message for broken in (await deployment.verify()).broken]
    assert "parcel p1 of order ord_one was delivered and is in_transit" in messages
