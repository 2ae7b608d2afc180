"""A Dask cluster that is running already: found by the address of its scheduler, and looked at before it gets work."""

from __future__ import annotations

import logging
import warnings
from types import TracebackType
from typing import Any

from aestudio.core.cluster import worker
from aestudio.core.cluster.address import checked
from aestudio.core.ground.errors import ClusterError, reason

SECONDS = 10.0
"""So long a scheduler may take to answer."""
BEGUN_AGAIN = 3
"""So often work is handed out again that the cluster has lost with all that it needs."""


class Cluster:
    """A connection to its scheduler; as a context it is closed at the end, and the cluster goes on without us."""

    def __init__(self, address: str, seconds: float | None = None) -> None:
        """Raises: ClusterError where it cannot be reached, has no workers, or has other versions than this program."""
        self.address = checked(address)
        try:
            import dask
            import distributed
        except ImportError as error:
            raise ClusterError(
                "A cluster needs the package distributed, which is not installed; install it with "
                'pip install "aestudio[cluster]".'
            ) from error
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"})  # a picture travels whole
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what is lost is said in a sentence
        seconds = SECONDS if seconds is None else seconds
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what does not fit is said in a sentence
                self.client: Any = distributed.Client(self.address, timeout=seconds, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # the last of an encrypted one without certificates
            raise ClusterError(
                "No scheduler answers at {address}: {reason} Start one with “dask scheduler”, or correct the address.",
                address=self.address,
                reason=reason(error),
            ) from error
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        """Raises: ClusterError where it cannot work for us."""
        if not self.workers:
            raise ClusterError(
                "The scheduler at {address} has no workers; start some with “dask worker {address}”.",
                address=self.address,
            )
        try:
            found: dict[str, worker.Versions] = self.client.run(worker.versions)
        except Exception as error:  # whatever a worker has to say, in its own words
            raise ClusterError(
                "A worker of {address} cannot run AEStudio: {reason} Install the same version of it there.",
                address=self.address,
                reason=reason(error),
            ) from error
        for where, theirs in found.items():
            if (others := worker.unlike(theirs)) is not None:
                raise ClusterError(
                    "The worker {where} and this program have different versions: {others}. Install the same there.",
                    where=where,
                    others=others,
                )

    @property
    def workers(self) -> int:
        """How many tasks it can do at the same time now; 0 where it has lost all of its workers or is gone."""
        try:
            return sum(self.client.nthreads().values())
        except (OSError, TimeoutError, RuntimeError):
            return 0

    def close(self) -> None:
        """Lets go of it; harmless the second time."""
        self.client.close(timeout=5)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _where: TracebackType | None) -> None:
        self.close()
