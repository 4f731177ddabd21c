"""The namespace: created when it is missing, its retention raised when too short, used as it is where we may not change it."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceResponse
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from runtime.config.settings import Settings
from runtime.config.temporal_client import ensure_namespace, profile
from runtime.errors import StartupError

YEAR = timedelta(days=365)


class FakeTemporalCloud:
    """A server that keeps journeys for some days and allows us only some calls; a fake of what a client offers."""

    def __init__(self, kept: timedelta | None = None, **refused: RPCStatusCode) -> None:
        self.namespace, self.workflow_service = "shops", self
        self.kept, self.refused = kept, refused
        self.asked: list[str] = []

    async def describe_namespace(self, _: Any) -> DescribeNamespaceResponse:
        self._may("describe")
        if self.kept is None:
            raise RPCError("not found", RPCStatusCode.NOT_FOUND, b"")
        ttl = Duration()
        ttl.FromTimedelta(self.kept)
        return DescribeNamespaceResponse(config=NamespaceConfig(workflow_execution_retention_ttl=ttl))

    async def update_namespace(self, request: Any) -> None:
        self._may("update")
        self.kept = request.config.workflow_execution_retention_ttl.ToTimedelta()

    async def register_namespace(self, request: Any) -> None:
        self._may("register")
        self.kept = request.workflow_execution_retention_period.ToTimedelta()

    async def list_workflows(self, limit: int) -> Any:  # type: ignore[misc]
        for nothing in ():
            yield nothing

    def _may(self, what: str) -> None:
        self.asked.append(what)
        if what in self.refused:
            raise RPCError("no", self.refused[what], b"")


async def ensure(cloud: FakeTemporalCloud) -> None:
    await ensure_namespace(cloud, YEAR)  # type: ignore[arg-type]


async def test_too_short_a_retention_is_raised_and_never_lowered() -> None:
    short, long = FakeTemporalCloud(timedelta(days=1)), FakeTemporalCloud(timedelta(days=900))
    await ensure(short)
    await ensure(long)
    assert short.kept == YEAR
    assert long.asked == ["describe"]


async def test_a_missing_namespace_is_made() -> None:
    cloud = FakeTemporalCloud()
    await ensure(cloud)
    assert cloud.kept == YEAR


@pytest.mark.parametrize("code", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED])
@pytest.mark.parametrize("what", ["describe", "update"])
async def test_a_temporal_cloud_that_forbids_changes_is_used_as_it_is_with_one_log_line(
    what: str, code: RPCStatusCode, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = FakeTemporalCloud(timedelta(days=30), **{what: code})
    with caplog.at_level(logging.WARNING, logger="runtime.config.temporal_client"):
        await ensure(cloud)
    assert cloud.kept == timedelta(days=30)
    assert [code.name in record.getMessage() for record in caplog.records] == [True]


async def test_a_missing_namespace_that_may_not_be_made_is_explained() -> None:
    with pytest.raises(StartupError, match=r"no namespace shops .*PERMISSION_DENIED.*TEMPORAL_NAMESPACE"):
        await ensure(FakeTemporalCloud(register=RPCStatusCode.PERMISSION_DENIED))


async def test_two_processes_that_create_it_at_once_both_succeed() -> None:
    await ensure(FakeTemporalCloud(register=RPCStatusCode.ALREADY_EXISTS))


async def test_a_broken_server_is_not_taken_for_one_that_forbids() -> None:
    with pytest.raises(StartupError, match="whether namespace shops exists"):
        await ensure(FakeTemporalCloud(YEAR, describe=RPCStatusCode.INTERNAL))


def test_our_own_server_is_reached_without_regard_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "cloud.example:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "secret")
    assert profile(Settings(temporal="127.0.0.1:7233")) == {
        "target_host": "127.0.0.1:7233",
        "namespace": "default",
    }
    cloud = profile(Settings())
    assert (cloud["target_host"], cloud["api_key"], cloud["tls"]) == ("cloud.example:7233", "secret", True)


def test_a_profile_in_a_file_is_taken_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("a certificate")
    file = tmp_path / "temporal.toml"
    file.write_text(
        '[profile.shops]\naddress = "10.0.0.1:7233"\nnamespace = "shops"\n'
        f'[profile.shops.tls]\nserver_ca_cert_path = "{tmp_path / "ca.pem"}"\n'
    )
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "shops")
    how = profile(Settings())
    assert (how["target_host"], how["namespace"]) == ("10.0.0.1:7233", "shops")
    assert isinstance(how["tls"], TLSConfig)
    assert how["tls"].server_root_ca_cert == b"a certificate"
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "others")
    assert profile(Settings())["namespace"] == "others"
    monkeypatch.setenv("TEMPORAL_PROFILE", "no-such-profile")
    with pytest.raises(StartupError, match="no-such-profile"):
        profile(Settings())
