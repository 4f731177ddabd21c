"""Where a process spends its time, over all its threads: the event loop's and those in which workflows run."""

import cProfile
import pstats
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any


class Profiling:
    """From `start` on every thread that begins is profiled; `write` says what all of them did, the costliest first."""

    def __init__(self) -> None:
        self._profiles: list[cProfile.Profile] = []

    def start(self) -> None:
        threading.setprofile(self._begin)
        self._watch()

    def write(self, file: Path, rows: int = 120) -> None:
        """Sorted by a function's own time, then by its time with its callees."""
        threading.setprofile(None)
        with file.open("w") as out:
            stats = pstats.Stats(stream=out)
            for profile in self._profiles:
                profile.create_stats()
                if profile.stats:
                    stats.add(profile)
            stats.sort_stats("tottime").print_stats(rows)
            stats.sort_stats("cumulative").print_stats(rows)

    def _begin(self, frame: FrameType, event: str, argument: Any) -> None:
        """A new thread's first event: from now on its own profile records instead of this hook."""
        self._watch()

    def _watch(self) -> None:
        profile = cProfile.Profile(time.thread_time)
        self._profiles.append(profile)
        profile.enable()
