"""The address of a scheduler, as a person writes it."""

from __future__ import annotations

import re

from aestudio.core.ground.errors import ClusterError

ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://\S+:\d{1,5}")
EXAMPLE = "tcp://192.168.1.2:8786"


def checked(address: str) -> str:
    """Without spaces around it. Raises: ClusterError where it is none."""
    address = address.strip()
    if not ADDRESS.fullmatch(address):
        raise ClusterError(
            "{address!r} is no address of a scheduler; write it as the scheduler says it, such as {example}.",
            address=address,
            example=EXAMPLE,
        )
    return address
