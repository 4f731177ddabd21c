"""The Kubernetes manifests, without a cluster: against Kubernetes' schemas, our commands, settings and graceful times."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from runtime.config.settings import Settings
from runtime.processes.grace_periods import DRAIN, ORCHESTRATOR
from tests.runtime.deployed_commands import ROOT, SETTINGS, TEMPORAL, assert_is_command

FOLDER = ROOT / "deploy" / "kubernetes"
Object = dict[str, Any]


def objects(folder: Path = FOLDER) -> list[Object]:
    """Every object of every file but the instructions for kustomize."""
    files = [file for file in sorted(folder.rglob("*.yaml")) if file.name != "kustomization.yaml"]
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def named(one: Object) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def pods() -> Iterator[tuple[str, Object]]:
    """The pod that each workload starts."""
    for one in objects():
        spec = one.get("spec", {})
        if one["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield named(one), spec["template"]["spec"]


PODS = dict(pods())
KUSTOMIZE: Object = yaml.safe_load((FOLDER / "base" / "kustomization.yaml").read_text())
LITERALS = dict(line.split("=", 1) for line in KUSTOMIZE["configMapGenerator"][0]["literals"])


@pytest.mark.parametrize("version", ["1.34", "1.37"])
def test_every_object_is_one_by_the_schema_of_kubernetes(version: str) -> None:
    for one in objects():
        kubernetes_validate.validate(one, version, strict=True)


def test_kustomize_finds_every_file_and_no_other() -> None:
    for folder in ("base", "sandbox"):
        named_files = yaml.safe_load((FOLDER / folder / "kustomization.yaml").read_text())["resources"]
        there = {file.name for file in (FOLDER / folder).glob("*.yaml")} - {"kustomization.yaml"}
        assert there - {"ingress.example.yaml"} == set(named_files) - {"../base"}


@pytest.mark.parametrize("pod", PODS)
def test_every_command_is_one_of_ours_and_of_the_version_of_the_project(pod: str) -> None:
    [container] = PODS[pod]["containers"]
    assert_is_command(container["args"])
    assert container["image"] == "smot"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert [image["newTag"] for image in KUSTOMIZE["images"]] == [version]


def test_every_variable_is_a_setting_with_a_value_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(LITERALS) - SETTINGS - TEMPORAL == set()
    for name, value in LITERALS.items():
        if name != "SMOT_SECRETS_DIR":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("SMOT_SMTP_PASSWORD", "from the Secret")
    Settings()


@pytest.mark.parametrize("pod", PODS)
def test_pods_have_no_privileges_a_read_only_file_system_and_no_key_of_the_cluster(pod: str) -> None:
    spec = PODS[pod]
    context = spec["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 10001)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "a service named smot would set SMOT_PORT"
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    if "envFrom" in container:
        assert {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]} == {
            "secrets": LITERALS["SMOT_SECRETS_DIR"],
            "tmp": "/tmp",
        }


def test_processes_may_drain_before_they_are_killed() -> None:
    for name in ("Deployment/serve", "Deployment/worker"):
        assert PODS[name]["terminationGracePeriodSeconds"] == ORCHESTRATOR
    [serve] = PODS["Deployment/serve"]["containers"]
    [_, seconds] = serve["lifecycle"]["preStop"]["exec"]["command"]
    assert float(seconds) + DRAIN < ORCHESTRATOR


def test_requests_go_where_readiness_is_and_restarts_follow_health_alone() -> None:
    [serve] = PODS["Deployment/serve"]["containers"]
    assert serve["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert serve["livenessProbe"]["httpGet"]["path"] == serve["startupProbe"]["httpGet"]["path"] == "/healthz"


def test_every_port_has_a_policy_that_opens_it_and_no_policy_opens_another() -> None:
    listening = {
        (name.partition("/")[2], port["containerPort"])
        for name, spec in PODS.items()
        for port in spec["containers"][0].get("ports", ())
    }
    policies = [one for one in objects() if one["kind"] == "NetworkPolicy"]
    opened = {
        (one["metadata"]["name"], port["port"])
        for one in policies
        for rule in one["spec"].get("ingress", ())
        for port in rule["ports"]
    }
    assert opened == listening
    [closed] = [one for one in policies if one["metadata"]["name"] == "nobody-in"]
    assert closed["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    metrics = int(LITERALS["SMOT_WORKER_METRICS"].rpartition(":")[2])
    assert {("worker", metrics), ("worker", metrics + 1)} <= listening


def test_budgets_and_services_select_pods_that_exist() -> None:
    components = {
        one["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"]
        for one in objects()
        if one["kind"] in ("Deployment", "StatefulSet")
    }
    selected = {
        (one["spec"]["selector"].get("matchLabels") or one["spec"]["selector"])["app.kubernetes.io/component"]
        for one in objects()
        if one["kind"] in ("PodDisruptionBudget", "Service")
    }
    assert selected == components
    budgets = {one["metadata"]["name"] for one in objects() if one["kind"] == "PodDisruptionBudget"}
    assert budgets == {"serve", "worker"}
