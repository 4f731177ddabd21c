"""`smot verify`: the invariants of a deployment, checked against its own records, Temporal's and the provider's."""

from runtime.admin.connection import Deployment, deployment
from runtime.config.deployment import is_cluster, provider_address
from runtime.config.settings import Settings
from runtime.deployment_keys import open_deployment_keys
from runtime.verify import Sources, VerificationReport, verify
from runtime.verify.sandbox_provider import SandboxProvider
from runtime.verify.temporal_runs import TemporalJourneys
from store.idempotency import StoreIdempotency
from store.inbox.inbox import Inbox
from store.privacy.encryption import DeploymentKeys


async def check_deployment(settings: Settings, *, quiesced: bool) -> VerificationReport:
    """The report on the deployment. Raises DeploymentUnreachable when it could not be checked.

    `quiesced`: nothing is going on, so that anything unfinished is reported too.
    """
    async with deployment(settings) as running:
        journeys = TemporalJourneys(await running.connect())
        keys = await open_deployment_keys(running.settings, running.db)
        return await verify(_sources(running, journeys, keys), quiesced)


def _sources(running: Deployment, journeys: TemporalJourneys, keys: DeploymentKeys) -> Sources:
    settings, db = running.settings, running.db
    answers, inbox = StoreIdempotency(db, keys), Inbox(db, keys)
    logs = [] if is_cluster(settings) else sorted(settings.data.glob("*.log*"))
    provider = SandboxProvider(provider_address(settings))
    return Sources(db, provider, journeys, answers, inbox, visibility=journeys, logs=logs)
