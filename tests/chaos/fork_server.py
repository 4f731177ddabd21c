"""A parent that has imported everything and forks the processes of a deployment: 0.1 s each instead of 2.

`python -m tests.chaos.fork_server` reads one JSON object a line (`main`, `env`, `log`, `ready`, `argv`) and answers each with the
process id of its fork. Every fork dies with it. It never starts a thread of the SDK itself.
"""

import asyncio
import ctypes
import gc
import json
import logging
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import simulators.payments.server as sandbox
import store.engine.queue
import store.idempotency
from adapters.payments import shopify, stripe, woocommerce
from failpoints import points
from runtime.config.settings import Settings
from runtime.processes.dispatcher_process import run_dispatcher
from runtime.processes.lifecycle import shutdown_event
from runtime.processes.serve import serve
from runtime.processes.worker_process import run_worker
from workflows import activity_calls

LEASE = timedelta(seconds=3)  # the product's minute would be too long in each of three hundred runs
ABANDONED = timedelta(seconds=6)  # nor for the key of a request that died with its process
LAST_ANSWER = timedelta(
    seconds=4
)  # until which a request to a provider may still be under way; 1 or 2 minutes
_PR_SET_PDEATHSIG = 1


async def _api(ready: Path) -> None:
    store.idempotency.ABANDONED_AFTER = ABANDONED
    await serve(Settings(), lambda _: _write_ready(ready))


async def _worker(ready: Path) -> None:
    _shorten_payments(os.environ.get("CHAOS_PAYMENT_DEADLINE"))
    await run_worker(Settings(), shutdown_event(), lambda: _write_ready(ready))


async def _dispatcher(ready: Path) -> None:
    store.engine.queue.LEASE = LEASE
    await run_dispatcher(Settings(), shutdown_event(), lambda: _write_ready(ready))


async def _payments(ready: Path) -> None:
    await sandbox.serve(int(os.environ["CHAOS_PSP_PORT"]), ready.with_name("psp.db"))


def _shorten_payments(deadline: str | None) -> None:
    """Have payments be given up after that many seconds, and be tried again sooner; nothing in tests waits for a day."""
    if deadline is None:
        return
    activity_calls.PAYMENT_DEADLINE = timedelta(seconds=float(deadline))
    activity_calls.PAYMENT_HEARTBEAT = timedelta(seconds=2.5)
    activity_calls.PAYMENT_RETRY.maximum_interval = timedelta(seconds=3)
    woocommerce.IN_FLIGHT = shopify.IN_FLIGHT = stripe.IN_FLIGHT = LAST_ANSWER


MAINS = {"api": _api, "worker": _worker, "dispatcher": _dispatcher, "payments": _payments}


def _write_ready(ready: Path) -> None:
    fresh = ready.with_suffix(f".{os.getpid()}")
    fresh.write_text(str(os.getpid()))
    fresh.replace(ready)


def _run_child(_spec: dict[str, Any], parent: int) -> None:
    """The forked child: its own session, its own settings, its failpoints read again. Never returns."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(_spec["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, to in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(descriptor, to)
    os.environ.update(_spec["env"])
    code = 1
    try:
        points.arm(os.environ)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        asyncio.run(MAINS[_spec["main"]](Path(_spec["ready"])))
        code = 0
    except Exception:
        logging.exception("ended")
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner, whose end ends us
    gc.freeze()
    parent = os.getpid()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _run_child(order, parent)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
