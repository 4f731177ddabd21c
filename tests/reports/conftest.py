"""Reports are played on a deployment like that of the scenarios."""

from tests.scenarios.conftest import deployment, deployments, http, shared_deployments

__all__ = ["deployment", "deployments", "http", "shared_deployments"]
