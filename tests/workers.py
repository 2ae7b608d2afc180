"""A Dask cluster on this machine, for tests of what is spread over one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def cluster(workers: int = 2) -> Iterator[str]:
    """The address of its scheduler; skips the test where `distributed` is not installed."""
    distributed = pytest.importorskip("distributed", reason='a cluster needs pip install "aestudio[cluster]"')
    where = {"dashboard_address": None, "host": "127.0.0.1", "protocol": "tcp"}
    with distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **where) as made:
        yield made.scheduler_address
