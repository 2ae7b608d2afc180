"""The loop: one run, told as a stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Phase
from aestudio.core.probes.preview import Previewer
from aestudio.core.probes.scores import evaluate
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Progress, Reason, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint, Keeper, Place, fitting
from aestudio.core.training.choosing import choose
from aestudio.core.training.clock import Clock
from aestudio.core.training.controls import Controls
from aestudio.core.training.draws import Draws
from aestudio.core.training.loss_tape import Tape
from aestudio.core.training.resampling import resample
from aestudio.core.training.step import Step


def fit(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    keeper: Keeper | None = None,
    resume: Checkpoint | None = None,
    draws: Draws | None = None,
) -> Iterator[Event]:
    """Trains a run on a data set.

    The first event is Started (unless the run cannot be set up), the last always Finished, whatever happens: nothing is
    raised. Everything random comes from the run's seed (or from `draws`), and looking on (previews, checkpoints, when
    losses are read) draws from generators of its own, so the same run on the same CPU gives the same losses to the last
    bit. So does a run that goes on from a checkpoint, `resume`, with live knobs or the number of epochs changed where
    `run` says so.
    """
    state = _State(run, resume.place.step if resume else 0, depth=resume.depth if resume else None)
    reason: Reason = "failed"
    error = ""
    try:
        where = compute or computing.choose()
        if resume is not None:
            resume = fitting(resume, run, dataset)
        run.check(dataset.shape, len(dataset.train))
        model = Autoencoder(run, dataset.shape).to(where.device)
        if resume is not None:
            model.load_state_dict(dict(resume.weights))
        state.model = model
        with where.threads_for(model.work() * run.batch_size):
            yield from _Loop(state, model, dataset, controls or Controls(), where, keeper, resume, draws).events()
        reason = "stopped" if state.stopped else "completed"
    except StudioError as problem:
        error = str(problem)
    except torch.OutOfMemoryError:
        error = "The device ran out of memory; lower the batch size or the layer widths, or train on the CPU."
    except Exception as problem:  # whatever it is, the reader gets a last event and the weights so far
        error = f"Training stopped at step {state.step} because of an unexpected {type(problem).__name__}: {problem}"
    weights = state.model.snapshot() if state.model else None
    yield Finished(reason, state.step, error, state.run, weights, state.depth)


@dataclass
class _State:
    """What outlives the loop: where it is, and with which settings."""

    run: Run
    step: int = 0
    model: Autoencoder | None = None
    stopped: bool = False
    depth: int | None = None
    """How many stages have been trained; None for all."""


class _Loop:
    """Phases, the order of the images, what the person wants between two steps, and what is said of it."""

    def __init__(
        self,
        state: _State,
        model: Autoencoder,
        dataset: Dataset,
        controls: Controls,
        compute: Compute,
        keeper: Keeper | None,
        resume: Checkpoint | None,
        draws: Draws | None,
    ) -> None:
        self.state, self.model, self.dataset, self.controls = state, model, dataset, controls
        self.compute, self.keeper, self.resume = compute, keeper, resume
        self.train, self.held_out = (split.images.to(compute.device) for split in (dataset.train, dataset.held_out))
        self.plan = state.run.plan(dataset.shape, len(dataset.train))
        self.batch = min(state.run.batch_size, len(self.train))
        # A last smaller batch would have another ρ: its images wait for the next epoch's shuffle.
        self.steps_an_epoch = len(self.train) // self.batch
        self.clock = Clock(self.plan.steps, self.batch, state.step)
        self.tape = Tape()
        self.previewer = Previewer(model, self.held_out, compute, state.run.seed)
        self.fingerprint = dataset.fingerprint() if keeper else ""
        self.draws = draws or Draws(state.run.seed, compute.device)
        self.place = Place()
        if resume is not None:
            same = resume.device == compute.device.type
            self.draws = Draws.going_on(state.run.seed, compute.device, resume.draws, same_device=same)
            self.place = resume.place
            self.tape.go_on(resume.epoch_terms, resume.epoch_weights)
        self.order_before = self.draws.order.get_state()
        self.step: Step
        self.phase: Phase

    def events(self) -> Iterator[Event]:
        """Everything between the first and the last event."""
        yield self._started()
        first = self.place.phase
        for number, phase in enumerate(self.plan.phases[first:], start=first):
            self.phase = phase
            going_on = self.resume is not None and number == first
            yield from self._begin_phase(number, going_on)
            for epoch in range(self.place.epoch if going_on else 0, self.phase.epochs):
                yield from self._epoch(number, epoch)
                if self.state.stopped:
                    return
        self.order_before = self.draws.order.get_state()
        yield from self._keep(len(self.plan.phases) - 1, self.phase.epochs)
        if self.controls.listening:
            yield self._preview()

    def _begin_phase(self, number: int, going_on: bool) -> Iterator[Event]:
        span = self.phase.span
        self.state.depth = span.last if span.last < self.model.depth else None
        kind = choose(self.state.run, self.plan, self.compute)
        self.step = kind(self.state.run, self.model, span, self.compute, self.draws, self.state.step)
        self.phase_steps = self.phase.epochs * self.steps_an_epoch
        self.phase_step = self.place.phase_step if going_on else 0
        if going_on and self.resume is not None:
            self.step.load(self.resume.optimiser)
        else:
            yield self._scores()
        if self.controls.listening:
            yield self._preview()

    def _epoch(self, number: int, epoch: int) -> Iterator[Event]:
        state, controls = self.state, self.controls
        self.order_before = self.draws.order.get_state()
        order = torch.randperm(len(self.train), generator=self.draws.order).to(self.compute.device)
        batches = torch.split(order[: self.steps_an_epoch * self.batch], self.batch)
        for index in batches[state.step % self.steps_an_epoch :]:
            yield from self._between_steps()
            if controls.stopped or (self.keeper and self.keeper.due(state.step // self.steps_an_epoch)):
                yield from self._progress()
                yield from self._keep(number, epoch)
            if controls.stopped:
                if controls.listening:
                    yield self._preview()
                state.stopped = True
                return
            terms = self.step(
                to_float(self.train.gather(index)), state.run.rate.factor(self.phase_step / self.phase_steps)
            )
            state.step += 1
            self.phase_step += 1
            self.tape.add(terms, self.step.learning_rate)
            if self.tape.due():
                yield from self._progress()
            if controls.preview_wanted and self.previewer.affordable():
                controls.preview_given()
                yield self._preview()
        yield from self._progress()
        means, weighted = self.tape.epoch_means()
        done, name = state.step // self.steps_an_epoch, self.phase.name
        yield Evaluated(state.step, done, "train", name, means, weighted, sum(weighted.values()), {})
        yield self._scores()

    def _between_steps(self) -> Iterator[Event]:
        """Does what the person wants, and holds for as long as the training is paused."""
        while not self.controls.stopped:
            if (run := self.controls.take_run()) is not None:
                self.state.run = run
                self.step.use(run)
            for units in self.controls.take_resamples():
                optimiser = self.step.players[0].optimiser
                resample(units, self.model, self.state.run, self.phase.span, self.train, optimiser, self.state.step)
            if self.controls.may_step():
                return
            yield from self._progress()
            if self.controls.listening:
                self.controls.preview_given()
                yield self._preview()
            self.clock.pause()
            self.controls.wait()
            self.clock.resume()

    # -- what is said of it --------------------------------------------------------------------------------------------

    def _started(self) -> Started:
        return Started(
            run=self.state.run,
            device=self.compute.description,
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            train_images=len(self.train),
            held_out_images=len(self.held_out),
            shape=self.dataset.shape,
            steps=self.plan.steps,
            phases=tuple(phase.name for phase in self.plan.phases),
            notes=self.state.run.notes(self.dataset.shape),
            resumed_at=self.state.step,
        )

    def _progress(self) -> Iterator[Progress]:
        """What the tape holds. Raises RunError after the last finite step where a loss or a gradient was not finite."""
        if not len(self.tape):
            return
        state = self.state
        first = state.step - len(self.tape) + 1
        terms, weights, rates = self.tape.read()
        bad = self.step.tripped_at()
        if bad is not None:
            state.step = bad
            terms, weights, rates = (one[: bad - first] for one in (terms, weights, rates))
        if len(terms):
            speed, left = self.clock.read(state.step)
            done, epochs = state.step / self.steps_an_epoch, sum(phase.epochs for phase in self.plan.phases)
            yield Progress(first, done, epochs, self.phase.name, self.tape.names, terms, weights, speed, left, rates)
        if bad is not None:
            raise RunError(
                f"The loss was not finite at step {bad}, so training stopped there; the last finite weights are kept. "
                "Lower the learning rate or a penalty's weight and train again."
            )

    def _scores(self) -> Evaluated:
        step, epoch = self.state.step, self.state.step // self.steps_an_epoch
        return evaluate(
            self.model, self.state.run, self.held_out, self.compute, step=step, epoch=epoch, phase=self.phase
        )

    def _preview(self) -> Preview:
        return self.previewer(self.state.run, self.state.step, self.phase)

    def _keep(self, number: int, epoch: int) -> Iterator[Saved | Warned]:
        """A checkpoint, all steps so far being told. One that cannot be written is no reason to stop."""
        if self.keeper is None:
            return
        made = Checkpoint(
            run=self.state.run,
            shape=self.dataset.shape,
            fingerprint=self.fingerprint,
            place=Place(number, epoch, self.state.step, self.phase_step),
            weights=self.model.snapshot(),
            optimiser=self.step.state(),
            draws=self.draws.state() | {"order": self.order_before},
            **self.tape.epoch_so_far(),
            device=self.compute.device.type,
            depth=self.state.depth,
        )
        try:
            yield Saved(str(self.keeper.keep(made)), "checkpoint")
        except StudioError as problem:
            yield Warned(f"{problem} Training goes on without it.")
