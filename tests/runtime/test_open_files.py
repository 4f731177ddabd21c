"""A process raises its limit of open files itself: many systems begin with 1,024."""

import resource

from runtime.processes.open_files import raise_open_files


def test_the_soft_limit_is_raised_as_far_as_the_hard_one_lets_us() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[0]), before[1]))
    try:
        given = raise_open_files()
        assert given == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert given == (65_536 if before[1] == resource.RLIM_INFINITY else min(before[1], 65_536))
        assert raise_open_files() == given
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
