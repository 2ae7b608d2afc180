"""Files that are of no use."""

from dataclasses import dataclass

from aestudio.core.ground.names import shown_name


@dataclass(frozen=True)
class Skipped:
    """A file that could not be used, and why."""

    path: str
    reason: str

    def __post_init__(self) -> None:
        for one in ("path", "reason"):
            object.__setattr__(self, one, shown_name(getattr(self, one)))
