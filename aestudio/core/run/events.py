"""The closed union of what a run says. The window, the command line and a log all read this stream and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:  # neither a list of runs nor the window has to wait for these
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from aestudio.core.run.run import Run

Floats: TypeAlias = "NDArray[np.float32]"
Reason = Literal["completed", "stopped", "failed"]
Sparsity = Literal["zeros", "graded", "none"]
"""How sparse a code can be said to be. `zeros`: it holds exact zeros, and L0 counts the others. `graded`: nothing is
ever zero and nothing below it, so lifetime sparseness says it. `none`: of values of both signs zero is nothing special.
"""


def _no_floats() -> Floats:
    import numpy as np

    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Started:
    """Always the first event of a run that could be set up."""

    run: Run
    device: str
    """Where it trains, in words: `CPU (2 threads; no GPU found)`."""
    parameters: int
    train_images: int
    held_out_images: int
    shape: tuple[int, int, int]
    steps: int
    """How many steps the whole run takes."""
    phases: tuple[str, ...]
    """What is trained one after the other: `end to end`, or `layer 1`, `layer 2`, `fine-tuning`."""
    notes: tuple[str, ...]
    """What the person should know of how it is computed, `Contractive penalty: closed form`, and of the images."""
    resumed_at: int = 0
    """The step after which an earlier training goes on; 0 for a new one."""
    number: int = 0
    """Of the run in the library; 0 where it is not kept."""


@dataclass(frozen=True, eq=False)
class Progress:
    """Every training step since the last Progress, one row a step."""

    first_step: int
    epoch: float
    """Epochs done, counted over all phases, with the fraction of the running one."""
    epochs: int
    phase: str
    names: tuple[str, ...]
    """The terms of the objective, `reconstruction` first."""
    terms: Floats
    """Raw terms [steps, names]."""
    weights: Floats
    """The weight each term had at that step [steps, names]; terms × weights sums to the objective."""
    samples_per_second: float
    seconds_left: float | None
    """None until enough steps have been timed."""
    learning_rates: Floats = field(default_factory=_no_floats)
    """Of each step [steps], as the optimiser used it; empty where the steps are told again later."""

    @property
    def weighted(self) -> Floats:
        """Terms as they enter the objective [steps, names]."""
        return self.terms * self.weights


@dataclass(frozen=True, eq=False)
class Coming:
    """What the next step will be taken with, so that it can be looked at afterwards exactly as it was."""

    images: Tensor
    """Which images of training are its batch, [N] int64."""
    draws: dict[str, Tensor]
    """Where the generators of each role go on."""
    device: str
    """The kind of device that they draw on: `cpu`."""


@dataclass(frozen=True, eq=False)
class Preview:
    """What the model does to a fixed batch of held-out images now, and the weights that did it."""

    step: int
    phase: str
    original: Floats
    """[N, C, H, W] in [0, 1]."""
    corrupted: Floats
    """[N, C, H, W]; Gaussian noise leaves [0, 1]."""
    reconstructed: Floats
    """[N, C, H, W]."""
    hidden: Floats
    """Last hidden layer [M, H] of a larger fixed batch; the images above are the first N of it."""
    code: Floats
    """What the decoder gets for the same larger batch, flattened [M, K]: the hidden layer, or what a code leaves
    of it.
    """
    depth: int
    """How many stages the code above has gone through; fewer than all while training layer by layer."""
    run: Run
    """The settings as they are now, live knobs included."""
    weights: dict[str, Tensor] = field(repr=False)
    """A copy of the state on the CPU: whoever tries the model uses this, never the live module."""
    sparsity: Sparsity = "none"
    coming: Coming | None = field(default=None, repr=False)
    """Only where the training holds before a step."""
    before: Preview | None = field(default=None, repr=False)
    """The model as it was before the last step, with what that was taken with, where it was a single one."""


@dataclass(frozen=True)
class Measuring:
    """Held-out images are being scored, which takes long enough to say so."""

    done: int
    of: int
    last: bool = False
    """No step follows: what is scored is the model as it stays."""


@dataclass(frozen=True)
class Evaluated:
    """Averages over a whole split at the end of an epoch (at step 0, of the untrained model), and of the held-out one
    where the training was stopped.
    """

    step: int
    epoch: int
    """Whole epochs done, over all phases."""
    split: Literal["train", "held-out"]
    phase: str
    terms: dict[str, float]
    weighted: dict[str, float]
    objective: float
    scores: dict[str, float]
    """Held-out only: mse (per pixel, [0, 1] images), psnr and psnr_corrupted (dB), or for points of the plane distance
    and distance_corrupted (root mean square, the square they lie in has side 1); mean_activation, dead_units, l0 where
    the code has exact zeros, sparseness where nothing is below zero, floor where the reconstruction loss cannot come
    down to 0; and from time to time what the run claims.
    """


@dataclass(frozen=True)
class Saved:
    """Something was written to disk."""

    path: str
    what: Literal["model", "checkpoint", "settings", "curves"] = "model"


@dataclass(frozen=True)
class Warned:
    """Something went wrong that does not end the training: a checkpoint that could not be written."""

    sentence: str


@dataclass(frozen=True)
class Changed:
    """Live settings were changed between two steps."""

    step: int
    """The last step with the settings as they were."""
    values: dict[str, tuple[Any, Any]]
    """Before and from now on, by the setting's path: `penalties.kl-sparsity.target`."""


@dataclass(frozen=True)
class Held:
    """The training is paused: it holds after this step, and all before it has been told."""

    step: int


@dataclass(frozen=True)
class Joined:
    """A run that the library could not take when it began is in it now, with all that was said so far."""

    number: int


@dataclass(frozen=True)
class Finished:
    """Always the last event, whatever happened."""

    reason: Reason
    step: int
    error: str = ""
    """A sentence for the person where the reason is `failed`."""
    run: Run | None = None
    """The settings at the end, live changes included."""
    weights: dict[str, Tensor] | None = field(default=None, repr=False)
    """The last finite weights, or those of the best epoch as `note` says, on the CPU; None where nothing could be set
    up.
    """
    depth: int | None = None
    """How many stages had been trained, where training layer by layer ended before the last; None for all."""
    note: str = ""
    """Why it ended before its last epoch, and which weights are kept where those are not the newest, in sentences; only
    where neither the person nor an error ended it.
    """
    unkept: str = ""
    """Why the weights are not in the place that was to keep them, in a sentence; empty where they are."""
    lost: bool = False
    """No other place took the weights either: they are nowhere but here."""
    kept_epoch: int | None = None
    """Which epoch the weights are of, over all phases, where they are those of the best and not the newest."""


Event = Started | Progress | Preview | Measuring | Evaluated | Saved | Warned | Changed | Held | Joined | Finished


_LARGE = ("original", "corrupted", "reconstructed", "hidden", "code", "weights", "coming", "before")


def as_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, `event` naming its class; images and weights are left out."""
    said: dict[str, Any] = {"event": type(event).__name__}
    for one in fields(event):
        value = getattr(event, one.name)
        if one.name in _LARGE and not isinstance(event, Progress):
            continue
        said[one.name] = plain(value)
    return said


def plain(value: Any) -> Any:
    """As JSON values: JSON knows no infinity and no NaN: they become null."""
    import numpy as np

    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and not isfinite(value) else value
