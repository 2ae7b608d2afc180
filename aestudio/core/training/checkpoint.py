"""A training between two steps, whole: kept so that it goes on as if it had never stopped, bit for bit on one CPU."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Protocol

from safetensors import SafetensorError, safe_open
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import CheckpointError, RunError, reason
from aestudio.core.ground.names import in_utf_8
from aestudio.core.ground.sealed import from_pairs, sealed, unbroken
from aestudio.core.ground.shapes import Shape
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import steps_an_epoch
from aestudio.core.run.run import MANY, WORDS, Run, differences
from aestudio.core.training.best import Best

FORMAT, VERSION = "aestudio-checkpoint", 2
"""Version 2 has a generator for each role; version 1, of AEStudio 0.1.0, has one for all noise, and still goes on."""


@dataclass(frozen=True)
class Position:
    """Where a training is: what has been done before the next step."""

    phase: int = 0
    """Index of the phase."""
    epoch: int = 0
    """Whole epochs done in the phase."""
    step: int = 0
    """Steps done in all."""
    phase_step: int = 0
    """Steps done in the phase."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that the next steps depend on."""

    run: Run
    """The settings as they are now, live changes included."""
    shape: Shape
    fingerprint: str
    """Of the data."""
    position: Position
    weights: Mapping[str, Tensor] = field(repr=False)
    optimiser: Mapping[str, Tensor] = field(repr=False)
    """What the step's optimisers remember, see `Step.state`."""
    draws: Mapping[str, Tensor] = field(repr=False)
    """State of the generator of each role, see `Draws.state`; that of the order as it was when the running epoch
    began.
    """
    epoch_terms: Tensor = field(repr=False)
    """Raw terms of the running epoch's steps [steps, names], for the epoch's mean."""
    epoch_weights: Tensor = field(repr=False)
    """The weights they had [steps, names]."""
    held_out: tuple[float, ...] | None = None
    """Objective of the held-out images when the phase began and after each of its epochs; None where an older program
    has not kept it.
    """
    device: str = "cpu"
    """The type of the device it was trained on: a generator's state belongs to one."""
    step: str = "eager"
    """The kind of the step that computed it; older programs had the plain one only."""
    depth: int | None = None
    """How many stages have been trained so far, the running one included; None for all."""
    best: Best | None = None
    """The best epoch of the phase so far, where an ending wants its weights kept."""

    def scores_so_far(self) -> list[float]:
        """`held_out`, those that are not known being infinite."""
        return [math.inf] * (self.position.epoch + 1) if self.held_out is None else list(self.held_out)

    def save(self, path: Path, *, lasting: bool = True) -> None:
        """Writes the file whole or not at all; one that need not be `lasting` may be lost in a power cut. Raises
        CheckpointError with a sentence.
        """
        about = {
            "format": FORMAT,
            "version": str(VERSION),
            "run": self.run.to_json(),
            "shape": json.dumps(self.shape),
            "fingerprint": self.fingerprint,
            "place": json.dumps(asdict(self.position)),
            "held_out": json.dumps(self.held_out),
            "device": self.device,
            "step": self.step,
            "depth": json.dumps(self.depth),
        }
        if self.best is not None:
            about["best"] = json.dumps([self.best.objective, self.best.step, self.best.epoch])
        tensors = {f"weights/{name}": tensor for name, tensor in self.weights.items()}
        tensors |= {f"optimiser/{name}": tensor for name, tensor in self.optimiser.items()}
        tensors |= {f"draws/{name}": tensor for name, tensor in self.draws.items()}
        tensors |= {f"best/{name}": tensor for name, tensor in (self.best.weights if self.best else {}).items()}
        tensors |= {"epoch_terms": self.epoch_terms, "epoch_weights": self.epoch_weights}
        try:
            atomic.write_bytes(path, sealed(tensors, about), lasting=lasting)
        except OSError as error:
            raise CheckpointError(
                "The checkpoint {path} could not be written: {reason}", path=path, reason=reason(error)
            ) from error


def load(path: Path) -> Checkpoint:
    """Raises: CheckpointError with a sentence where the file is damaged or of another kind."""
    try:
        with in_utf_8(path) as place, safe_open(place, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("format") != FORMAT:
                raise CheckpointError("The checkpoint {name} is none: another program wrote the file.", name=path.name)
            # Cloned: what is read may lie at any address, and vectorised sums depend on how memory is aligned.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            "The checkpoint {name} cannot be read: {reason}", name=path.name, reason=reason(error)
        ) from error
    if not unbroken(tensors, about):
        raise CheckpointError(
            "The checkpoint {name} is damaged: what it holds is not what was written.", name=path.name
        )
    try:
        tensors = from_pairs(tensors, about)
        if int(about["version"]) > VERSION:
            raise CheckpointError(
                "The checkpoint {name} was written by a newer AEStudio (format {version}); update AEStudio.",
                name=path.name,
                version=about["version"],
            )
        channels, height, width = json.loads(about["shape"])
        return Checkpoint(
            Run.from_json(about["run"]),
            (channels, height, width),
            about["fingerprint"],
            Position(**json.loads(about["place"])),
            _under("weights/", tensors),
            _under("optimiser/", tensors),
            _under("draws/", tensors) or {name: tensors[name] for name in ("order", "noise")},
            tensors["epoch_terms"],
            tensors["epoch_weights"],
            None if (held_out := json.loads(about.get("held_out", "null"))) is None else tuple(held_out),
            about["device"],
            about.get("step", "eager"),
            json.loads(about["depth"]),
            _best(about, tensors),
        )
    except (RunError, KeyError, ValueError, TypeError) as error:  # sealed, so written by a program that differs
        raise CheckpointError(
            "The checkpoint {name} was written by another version of AEStudio and cannot be continued here: {reason}",
            name=path.name,
            reason=reason(error),
        ) from error


def _best(about: Mapping[str, str], tensors: Mapping[str, Tensor]) -> Best | None:
    if "best" not in about:
        return None
    objective, step, epoch = json.loads(about["best"])
    return Best(objective, step, epoch, _under("best/", tensors))


def _under(beginning: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(beginning): tensor for name, tensor in tensors.items() if name.startswith(beginning)}


# -- a run's checkpoints -----------------------------------------------------------------------------------------------


class Keeper(Protocol):
    """Where the loop puts checkpoints."""

    def due(self, epoch: int) -> bool:
        """Whether one should be taken now, `epoch` epochs being done in all; asked between steps."""
        ...

    def keep(self, checkpoint: Checkpoint) -> Path | None:
        """Where it lies; None where it cannot be kept for a reason that was told before.

        Raises: StudioError with a sentence where that is not possible; training goes on then.
        """
        ...


FREE = (*WORDS, "epochs", "endings")
"""Settings of a Run that no step depends on. Those of the data are free too: it is the images that must
be the same, and the loop compares them.
"""


def fitting(checkpoint: Checkpoint, run: Run, dataset: Dataset) -> Checkpoint:
    """The training as it goes on with these settings and these images.

    Raises: CheckpointError for other images than those it began with; RunError as `with_run` does, and for fewer epochs
    than have been trained.
    """
    if checkpoint.fingerprint != dataset.fingerprint():
        raise CheckpointError(
            "The images of {name} are not those that this training began with, so it cannot go on; choose the "
            "same data, or train again with these.",
            name=dataset.name,
        )
    made = with_run(checkpoint, run)
    phases = run.check(dataset.shape, len(dataset.train)).phases
    terms = len(run.terms)
    if made.position.phase >= len(phases) or (len(made.epoch_terms) and made.epoch_terms.shape[1] != terms):
        raise CheckpointError(
            "The checkpoint is in phase {phase} of a run of {phases} and holds {held} terms for {terms}, so "
            "another version of AEStudio has written it. Train again instead.",
            phase=made.position.phase + 1,
            phases=len(phases),
            held=made.epoch_terms.shape[1],
            terms=terms,
        )
    phase = phases[made.position.phase]
    if made.position.phase_step > phase.epochs * steps_an_epoch(len(dataset.train), run.batch_size):
        raise RunError("This training has already gone beyond epoch {epochs}; choose more epochs.", epochs=phase.epochs)
    return made


def with_run(checkpoint: Checkpoint, run: Run) -> Checkpoint:
    """The same training with other settings from here on: live knobs, and the number of epochs.

    Raises: RunError where the run differs in anything else, which the weights or the optimiser's memory depend on.
    """
    problem = obstacle(checkpoint.run, run)
    if problem:
        raise RunError(problem)
    is_the_same = all(path.partition(".")[0] in (*FREE, "data") for path in differences(checkpoint.run, run))
    # With another weight of a penalty the objective is another one: what was best before cannot be compared.
    return replace(checkpoint, run=run, best=checkpoint.best if is_the_same else None)


def load_weights(model: Autoencoder, checkpoint: Checkpoint) -> None:
    """Raises: CheckpointError with a sentence where they are not those of the model."""
    if misfit := model.misfit(checkpoint.weights):
        raise CheckpointError(
            "The checkpoint has other weights than this run, so another version of AEStudio has written it: "
            "{misfit} Train again instead.",
            misfit=misfit,
        )
    model.load_state_dict(dict(checkpoint.weights))


def obstacle(before: Run, after: Run, free: Sequence[str] = FREE) -> str:
    """Why a training that began with one run cannot go on with another, in words; empty where it can. `free` are the
    settings that may change though they are not live.
    """
    for several in MANY.keys() - set(free):
        if [one.kind for one in getattr(before, several)] != [one.kind for one in getattr(after, several)]:
            # What they built is there or not, and every loss point has one number for each penalty.
            return say(
                "A training cannot go on with other {several}; train again with the change instead.", several=several
            )
    for path in differences(before, after):
        if path.partition(".")[0] in (*free, "data"):
            continue
        if path.endswith(".kind") or not _is_live(after, path):
            return say("A training cannot go on with another {path}; train again with the change instead.", path=path)
    return ""


def _is_live(run: Run, path: str) -> bool:
    try:
        return run.knob(path).live
    except RunError:  # a setting that only the other run has
        return False
