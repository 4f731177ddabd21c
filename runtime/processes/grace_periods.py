"""How long processes may take to end after SIGTERM, in seconds, from the innermost to the outermost.

Each is longer than the one before it, so that an outer one never cuts off what an inner one still allows. The files of `deploy/`
and docs/operate.md repeat them; a test compares them.
"""

from typing import Final

DRAIN: Final = 20.0  # nothing new is taken; running activities, claimed rows and requests may end
STOP: Final = 30.0  # a worker or dispatcher that has not ended is killed by its supervisor
ORCHESTRATOR: Final = 60.0  # what Compose, Kubernetes and systemd give a supervisor before SIGKILL
