"""What the next training of a document is to be: a new run, one that goes on, or one that waits for its images."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class NextTraining:
    """Which place in the library it gets, and whether it begins by itself."""

    number: int | None = None
    """Of the run that goes on; None for a new one."""
    parent: int | None = None
    """The run that a new one is descended from."""
    waits: bool = False
    """It begins as soon as the data are there."""
    holds: bool = False
    """It then takes one step and holds."""

    def with_other_settings(self) -> NextTraining:
        """What would have gone on is another run now."""
        return self if self.number is None else NextTraining(parent=self.number)

    def with_other_images(self) -> NextTraining:
        """What waited was another training."""
        return replace(self, waits=False)

    def waiting(self) -> NextTraining:
        """It begins by itself, and goes on after its first step."""
        return replace(self, waits=True, holds=False)

    def let_go(self) -> NextTraining:
        """Nothing begins by itself any more, and nothing goes on; what comes next is descended from the same run."""
        return NextTraining(parent=self.parent if self.number is None else self.number)
