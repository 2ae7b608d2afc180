"""What is said of a training: its events, from the course it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.ground.texts import SPACE, listed, say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Phase, Plan, steps_an_epoch
from aestudio.core.probes.preview import Previewer
from aestudio.core.probes.scores import evaluating
from aestudio.core.probes.watch import Watch
from aestudio.core.run.events import Coming, Evaluated, Measuring, Preview, Progress, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.best import Best
from aestudio.core.training.checkpoint import Checkpoint, Keeper, Position
from aestudio.core.training.clock import Clock
from aestudio.core.training.draws import ORDER, Draws
from aestudio.core.training.loss_tape import Tape
from aestudio.core.training.moment import Album, Moment, Wanted
from aestudio.core.training.step import Step

NOTHING = -1
"""No step: nothing has been scored since the last one."""


@dataclass
class Course:
    """Where a training is, and with which settings; it outlives the loop."""

    run: Run
    done: int = 0
    """Steps in all."""
    model: Autoencoder | None = None
    stopped: bool = False
    """The person has ended it, or one of its endings has."""
    note: str = ""
    """Why it ended before its last epoch and which weights are kept, in sentences, where nobody stopped it."""
    depth: int | None = None
    """How many stages have been trained; None for all."""
    phase_number: int = 0
    epoch: int = 0
    """Whole epochs done in the phase."""
    phase_done: int = 0
    """Steps done in the phase."""
    held_out: list[float] = field(default_factory=list)
    """Objective of the held-out images when the phase began and after each of its epochs."""
    best: Best | None = None
    """The best epoch of the phase, where an ending wants its weights kept."""
    kept_epoch: int | None = None
    """The weights are those of this epoch, the best, and no step follows."""
    scored: int = NOTHING
    """The step that the newest held-out scores are of."""
    order_before: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    """State of the generator of the images' order when the running epoch began."""


class Teller:
    """Makes the events of one training."""

    def __init__(
        self,
        course: Course,
        model: Autoencoder,
        dataset: Dataset,
        plan: Plan,
        draws: Draws,
        compute: Compute,
        keeper: Keeper | None,
        album: Album | None,
    ) -> None:
        self.tape = Tape()
        self.batch = min(course.run.batch_size, len(dataset.train))
        # A last smaller batch would have another ρ: its images wait for the next epoch's shuffle.
        self.steps_an_epoch = steps_an_epoch(len(dataset.train), course.run.batch_size)
        self.clock = Clock(plan.steps, self.batch, course.done)
        self._course, self._model, self._dataset, self._plan = course, model, dataset, plan
        self._draws, self._compute, self._keeper = draws, compute, keeper
        self._album = album
        self._held: Preview | None = None
        """The last one that a step was held back after."""
        self._before: Preview | None = None
        """The one that was held a step earlier."""
        self._held_out = dataset.held_out.images.to(compute.device)
        self._watch = Watch(course.run, dataset, compute)
        self._previewer = Previewer(model, self._held_out, compute, course.run.seed)
        self._fingerprint = dataset.fingerprint() if keeper or album else ""

    @property
    def device(self) -> torch.device:
        return self._compute.device

    @property
    def phase(self) -> Phase:
        """The one that is trained."""
        return self._plan.phases[self._course.phase_number]

    @property
    def epochs_done(self) -> int:
        """Over all phases."""
        return self._course.done // self.steps_an_epoch

    def started(self) -> Started:
        run, shape = self._course.run, self._dataset.shape
        return Started(
            run=run,
            device=self._compute.description,
            parameters=sum(parameter.numel() for parameter in self._model.parameters()),
            train_images=len(self._dataset.train),
            held_out_images=len(self._held_out),
            shape=shape,
            steps=self._plan.steps,
            phases=tuple(phase.name for phase in self._plan.phases),
            notes=(*run.notes(shape), *([str(made)] if (made := self._dataset.made) else [])),
            resumed_at=self._course.done,
        )

    def progress(self, step: Step) -> Iterator[Progress]:
        """What the tape holds. Raises RunError after the last finite step where a loss or a gradient was not finite."""
        if not len(self.tape):
            return
        course = self._course
        first = course.done - len(self.tape) + 1
        terms, weights, rates = self.tape.read()
        bad = step.tripped_at()
        if bad is not None:
            course.done = bad
            terms, weights, rates = (one[: bad - first] for one in (terms, weights, rates))
        if len(terms):
            speed, left = self.clock.read(course.done)
            if left is not None:
                left = min([left, *(one.seconds - self.clock.seconds for one in course.run.endings)])
            done, epochs = course.done / self.steps_an_epoch, sum(phase.epochs for phase in self._plan.phases)
            yield Progress(first, done, epochs, self.phase.name, self.tape.names, terms, weights, speed, left, rates)
        if bad is not None:
            raise RunError(
                "The loss or what is counted was not finite at step {bad}, so training stopped there; the last "
                "finite weights are kept. Lower the learning rate or a penalty's weight and train again.",
                bad=bad,
            )

    def means(self) -> Evaluated:
        """The terms of the training images, averaged over the epoch that has just ended."""
        means, weighted = self.tape.epoch_means()
        total = sum(weighted.values())
        return Evaluated(self._course.done, self.epochs_done, "train", self.phase.name, means, weighted, total, {})

    def scores(self) -> Iterator[Measuring | Evaluated]:
        """Of the held-out images, as the weights are now; how far it is before each batch, and Evaluated at last."""
        course = self._course
        claimed = course.stopped or course.kept_epoch is not None or self._watch.due(course.epoch, self.phase.epochs)
        return evaluating(
            self._model,
            course.run,
            self._held_out,
            self._compute,
            step=course.done,
            epoch=self.epochs_done,
            phase=self.phase,
            watch=self._watch if claimed else None,
        )

    def affordable(self) -> bool:
        """Whether enough training has gone by since the last preview."""
        return self._previewer.affordable()

    def preview(self, batch: Tensor | None = None) -> Preview:
        """Of the model as it is; `batch` are the images of the step that comes next, where one is held back."""
        made = self._previewer(self._course.run, self._course.done, self.phase)
        if self._held is not None and self._held.step != made.step:
            self._before = self._held if self._held.step == made.step - 1 else None
        if batch is None:
            return replace(made, before=self._before)
        self._held = replace(made, coming=Coming(batch.cpu(), self._draws.state(), self.device.type))
        return replace(self._held, before=self._before)

    def in_time(self) -> bool:
        """Whether no ending says that the training has taken long enough; else the course notes which."""
        late = [one for one in self._course.run.endings if self.clock.seconds >= one.seconds]
        self._course.note = str(late[0].why) if late else ""
        return not late

    def phase_over(self) -> bool:
        """Whether an ending says that the phase has had enough epochs; the course notes which."""
        course = self._course
        if course.phase_done % self.steps_an_epoch:  # it goes on in the middle of one
            return False
        over = [one for one in course.run.endings if one.over(course.held_out)]
        self._course.note = str(over[0].why) if over else ""
        return bool(over)

    def remember(self) -> None:
        """Keeps the weights beside, where an ending wants those of the best epoch and the newest scores are better than
        all before.
        """
        course = self._course
        if not any(one.keeps_best for one in course.run.endings):
            course.best = None
            return
        is_epoch = course.scored == course.done and not course.phase_done % self.steps_an_epoch
        if is_epoch and (course.best is None or course.held_out[-1] < course.best.objective):
            course.best = Best(course.held_out[-1], course.done, self.epochs_done, self._model.snapshot())

    def restore(self, *, final: bool = False) -> None:
        """The weights of the phase's best epoch are put back, where they are wanted and others."""
        course, best = self._course, self._course.best
        course.best = None
        if best is None or best.step == course.done:
            return
        self._model.load_state_dict(best.weights)
        course.scored = NOTHING
        if final:
            course.kept_epoch = best.epoch
            course.note = str(listed([*filter(None, [course.note]), best.words], SPACE))

    def due(self) -> bool:
        """Whether a checkpoint is."""
        return self._keeper is not None and self._keeper.due(self.epochs_done)

    def moment_wanted(self) -> Wanted:
        """What is to be kept of this moment, to go back to."""
        return "nothing" if self._album is None else self._album.wants(self._course.done)

    def keep_moment(self, step: Step, wanted: Wanted) -> None:
        """This moment, all steps so far being told."""
        course = self._course
        if self._album is None or wanted == "nothing":
            return
        shape, weights = self._dataset.shape, self._model.snapshot()
        self._album.take(Moment(course.run, shape, course.done, self.phase.name, weights, course.depth))
        if wanted == "everything":
            self._album.take_whole(self._checkpoint(step))

    def note(self, change: Run | Sequence[int]) -> None:
        """What was changed between two steps: the settings, or units that were drawn anew."""
        if self._album is not None:
            self._album.changed(self._course.done, change)

    def keep(self, step: Step) -> Iterator[Saved | Warned]:
        """A checkpoint, all steps so far being told. One that cannot be written is no reason to stop."""
        if self._keeper is None:
            return
        try:
            if (path := self._keeper.keep(self._checkpoint(step))) is not None:
                yield Saved(str(path), "checkpoint")
        except StudioError as problem:
            yield Warned(say("{problem} Training goes on without it.", problem=problem))

    def _checkpoint(self, step: Step) -> Checkpoint:
        course = self._course
        return Checkpoint(
            run=course.run,
            shape=self._dataset.shape,
            fingerprint=self._fingerprint,
            position=Position(course.phase_number, course.epoch, course.done, course.phase_done),
            weights=self._model.snapshot(),
            optimiser=step.state(),
            draws=self._draws.state() | {ORDER: course.order_before},
            **self.tape.epoch_so_far(),
            held_out=tuple(course.held_out),
            device=self._compute.device.type,
            step=step.kind,
            depth=course.depth,
            best=course.best,
        )
