"""What goes on, and what the window may therefore offer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aestudio.core.data.dataset import Dataset
    from aestudio.core.run.run import Run


class State(Enum):
    """What goes on."""

    LOADING = Text("Loading data")
    READY = Text("Ready")
    TRAINING = Text("Training")
    PAUSED = Text("Paused")
    STOPPING = Text("Stopping")
    MEASURING = Text("Measuring")
    """A training is over, and its model is being scored in the background."""

    @property
    def running(self) -> bool:
        """A training is under way."""
        return self in (State.TRAINING, State.PAUSED, State.STOPPING)

    @property
    def rests(self) -> bool:
        """Nothing goes on that would have to end first."""
        return self in (State.READY, State.MEASURING)


@dataclass(frozen=True)
class Status:
    """What the window may offer, worked out from what goes on."""

    state: State
    problem: str
    """Why training is refused, in words; empty where it is not."""
    trained: bool
    """There is a model to try, save, export and pull sliders of."""
    goes_on: bool = False
    """The model that is shown is one of the library's runs, and may go on with these settings."""
    can_undo: bool = False
    """A change of the settings can be taken back."""
    can_redo: bool = False

    @property
    def running(self) -> bool:
        return self.state.running

    @property
    def can_train(self) -> bool:
        return self.state.rests and not self.problem

    @property
    def can_ask_to_train(self) -> bool:
        """It begins now, or as soon as its data are there."""
        return self.can_train or self.state is State.LOADING

    @property
    def can_continue(self) -> bool:
        return self.can_train and self.trained and self.goes_on

    @property
    def can_pause(self) -> bool:
        return self.state in (State.TRAINING, State.PAUSED)

    @property
    def can_step(self) -> bool:
        """A model that is shown and cannot go on is not thrown away by a step."""
        return self.state is State.PAUSED or (self.can_train and (not self.trained or self.goes_on))

    @property
    def can_stop(self) -> bool:
        return self.state in (State.TRAINING, State.PAUSED, State.MEASURING)


def problem_of(state: State, run: Run, dataset: Dataset | None) -> str:
    """Why a run cannot be trained on these images, in words; empty where it can, or where that is not to be asked."""
    if dataset is None:
        return "" if state is State.LOADING else say("There are no images to train on; choose other data.")
    if not state.running:
        try:
            run.check(dataset.shape)
        except RunError as error:
            return str(error)
    return ""


@dataclass(frozen=True, eq=False)
class TriedImage:
    """An image of the person's, through the model: arrays [C, H, W], the code flat [K]. It may wait for a model."""

    name: str
    original: NDArray[np.float32]
    corrupted: NDArray[np.float32]
    reconstructed: NDArray[np.float32] | None
    code: NDArray[np.float32] | None
    fitted: str
    """What was done to its size, in words; empty where nothing was."""
