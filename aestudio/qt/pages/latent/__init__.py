"""The page Latent: walks in the space of codes."""

from typing import ClassVar

from aestudio.qt.sign import Sign


class Latent(Sign):
    """The space of codes."""

    name, icon, rank = "latent", "map", 25
    title: ClassVar[str] = "Latent"
