"""Processor time of a deployment's processes: beside other work it says more than a rate."""

import psutil

from tests.scenarios.deployment import Deployment

_MARKS = {
    "worker": "runtime.processes.worker_process",
    "temporal": "start-dev",
    "provider": "simulators.payments",
}


def processor_time(deployment: Deployment) -> dict[str, float]:
    """Seconds so far by process. `api`: the one that serves it, with the dispatcher."""
    assert deployment.process is not None
    root = psutil.Process(deployment.process.pid)
    found = {"api": _seconds(root)}
    for child in root.children(recursive=True):
        argv = " ".join(child.cmdline())
        for name, mark in _MARKS.items():
            if mark in argv and "die_with_parent" not in argv:
                found[name] = found.get(name, 0.0) + _seconds(child)
    return found


def per_unit(before: dict[str, float], after: dict[str, float], units: int) -> dict[str, float]:
    """Milliseconds of each process for one of so many units."""
    return {
        name: round((seconds - before.get(name, 0.0)) * 1000 / units, 1) for name, seconds in after.items()
    }


def _seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)
