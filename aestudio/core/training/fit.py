"""The loop: one run, told as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from aestudio.core.data.dataset import Dataset, to_float
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.ground.events import Evaluated, Event, Finished, Progress, Reason, Saved, Started, Warned
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.parts.plan import Phase
from aestudio.core.probes.preview import Previewer
from aestudio.core.probes.scores import evaluate
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint, Keeper, Place, fitting, remembered, remind
from aestudio.core.training.controls import Controls
from aestudio.core.training.finite_guard import FiniteGuard
from aestudio.core.training.loss_tape import Tape
from aestudio.core.training.resampling import resample


def fit(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    keeper: Keeper | None = None,
    resume: Checkpoint | None = None,
) -> Iterator[Event]:
    """Trains a run on a data set.

    The first event is Started (unless the run cannot be set up), the last always Finished, whatever happens: nothing is
    raised. Everything random comes from the run's seed, and looking on (previews, checkpoints, when losses are read)
    draws from generators of its own, so the same run on the same CPU gives the same losses to the last bit. So does a
    run that goes on from a checkpoint, `resume`, with live knobs or the number of epochs changed where `run` says so.
    """
    state = _State(run, resume.place.step if resume else 0, depth=resume.depth if resume else None)
    reason: Reason = "failed"
    error = ""
    try:
        where = compute or computing.choose()
        if resume is not None:
            resume = fitting(resume, run, dataset)
        model = Autoencoder(run, dataset.shape).to(where.device)
        if resume is not None:
            model.load_state_dict(dict(resume.weights))
        state.model = model
        with where.threads_for(state.model.work() * run.batch_size):
            yield from _train(state, model, dataset, controls or Controls(), where, keeper, resume)
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


def _train(
    state: _State,
    model: Autoencoder,
    dataset: Dataset,
    controls: Controls,
    compute: Compute,
    keeper: Keeper | None,
    resume: Checkpoint | None,
) -> Iterator[Event]:
    device = compute.device
    train, held_out = dataset.train.images.to(device), dataset.held_out.images.to(device)

    batch = min(state.run.batch_size, len(train))
    # A last smaller batch would have another ρ: its images wait for the next epoch's shuffle.
    steps_an_epoch = len(train) // batch
    phases = state.run.schedule.phases(state.run.epochs, model.depth)
    epochs = sum(phase.epochs for phase in phases)
    clock = _Clock(steps=epochs * steps_an_epoch, batch=batch, step=state.step)
    tape = Tape()
    preview = Previewer(model, held_out, compute, state.run.seed)
    order_generator = torch.Generator().manual_seed(state.run.seed)
    noise_generator = torch.Generator(device).manual_seed(state.run.seed)
    order_state = order_generator.get_state()
    begin = Place()
    if resume is not None:
        begin = resume.place
        order_generator.set_state(resume.order)
        if resume.device == device.type:  # else the noise starts anew: a generator's state belongs to its device
            noise_generator.set_state(resume.noise)
        tape.go_on(resume.epoch_terms, resume.epoch_weights)

    def progress(phase: Phase) -> Iterator[Progress]:
        """What the tape holds. Raises RunError after the last finite step where a loss or a gradient was not finite."""
        if not len(tape):
            return
        first = state.step - len(tape) + 1
        terms, weights, rates = tape.read()
        bad = guard.tripped_at()
        if bad is not None:
            state.step = bad
            terms, weights, rates = (one[: bad - first] for one in (terms, weights, rates))
        if len(terms):
            speed, left = clock.read(state.step)
            done = state.step / steps_an_epoch
            yield Progress(first, done, epochs, phase.name, tape.names, terms, weights, speed, left, rates)
        if bad is not None:
            raise RunError(
                f"The loss was not finite at step {bad}, so training stopped there; the last finite weights are kept. "
                "Lower the learning rate or a penalty's weight and train again."
            )

    def scores(phase: Phase, epoch: int) -> Evaluated:
        return evaluate(model, state.run, held_out, compute, step=state.step, epoch=epoch, phase=phase)

    def keep(place: Place) -> Iterator[Saved | Warned]:
        """A checkpoint, all steps so far being told. One that cannot be written is no reason to stop."""
        if keeper is None:
            return
        made = Checkpoint(
            run=state.run,
            shape=dataset.shape,
            fingerprint=fingerprint,
            place=place,
            weights=model.snapshot(),
            optimiser=remembered(optimiser),
            order=order_state,
            noise=noise_generator.get_state(),
            **tape.epoch_so_far(),
            device=device.type,
            depth=state.depth,
        )
        try:
            yield Saved(str(keeper.keep(made)), "checkpoint")
        except StudioError as problem:
            yield Warned(f"{problem} Training goes on without it.")

    yield Started(
        run=state.run,
        device=compute.description,
        parameters=sum(p.numel() for p in model.parameters()),
        train_images=len(train),
        held_out_images=len(held_out),
        shape=dataset.shape,
        steps=clock.steps,
        phases=tuple(phase.name for phase in phases),
        notes=state.run.notes(dataset.shape),
        resumed_at=state.step,
    )
    fingerprint = dataset.fingerprint() if keeper else ""
    phase_step = begin.phase_step
    for number, phase in enumerate(phases[begin.phase :], start=begin.phase):
        state.depth = phase.span.last if phase.span.last < model.depth else None
        parameters = [p for stage in model.span(phase.span.first, phase.span.last) for p in stage.parameters()]
        optimiser = state.run.optimiser.build(parameters)
        going_on = resume is not None and number == begin.phase
        if going_on and resume is not None:
            remind(optimiser, resume.optimiser)
        else:
            phase_step = 0
        guard = FiniteGuard(optimiser, parameters, device)
        phase_steps = phase.epochs * steps_an_epoch
        if not going_on:
            yield scores(phase, state.step // steps_an_epoch)
        if controls.listening:
            yield preview(state.run, state.step, phase)

        for epoch in range(begin.epoch if going_on else 0, phase.epochs):
            order_state = order_generator.get_state()
            order = torch.randperm(len(train), generator=order_generator).to(device)
            batches = torch.split(order[: steps_an_epoch * batch], batch)
            for done in range(state.step % steps_an_epoch, steps_an_epoch):
                # -- what the person wants -----------------------------------------------------------------------------
                while not controls.stopped:
                    for path, value in controls.take_changes():
                        state.run = state.run.with_value(path, value)
                    for units in controls.take_resamples():
                        resample(units, model, state.run, phase.span, train, optimiser, state.step)
                    if controls.may_step():
                        break
                    yield from progress(phase)
                    if controls.listening:
                        controls.preview_given()
                        yield preview(state.run, state.step, phase)
                    clock.pause()
                    controls.wait()
                    clock.resume()
                if controls.stopped or (keeper and keeper.due(state.step // steps_an_epoch)):
                    yield from progress(phase)
                    yield from keep(Place(number, epoch, state.step, phase_step))
                if controls.stopped:
                    if controls.listening:
                        yield preview(state.run, state.step, phase)
                    state.stopped = True
                    return

                # -- one step ------------------------------------------------------------------------------------------
                for group in optimiser.param_groups:
                    group["lr"] = state.run.optimiser.learning_rate * state.run.rate.factor(phase_step / phase_steps)
                images = to_float(train.gather(batches[done]))  # [B, C, H, W]
                images = state.run.augmentation(images, noise_generator)
                with compute.factors_in(state.run.precision):
                    objective, _ = model(state.run, images, phase.span, noise_generator)
                optimiser.zero_grad(set_to_none=True)
                objective.total.backward()
                state.step += 1
                phase_step += 1
                guard.step(objective.total, state.step)
                tape.add(objective, optimiser.param_groups[0]["lr"])

                # -- what is said of it --------------------------------------------------------------------------------
                if tape.due():
                    yield from progress(phase)
                if controls.preview_wanted and preview.affordable():
                    controls.preview_given()
                    yield preview(state.run, state.step, phase)

            yield from progress(phase)
            terms, weighted = tape.epoch_means()
            done_epochs = state.step // steps_an_epoch
            yield Evaluated(state.step, done_epochs, "train", phase.name, terms, weighted, sum(weighted.values()), {})
            yield scores(phase, done_epochs)
    order_state = order_generator.get_state()
    yield from keep(Place(len(phases) - 1, phases[-1].epochs, state.step, phase_step))
    if controls.listening:
        yield preview(state.run, state.step, phases[-1])


class _Clock:
    """Speed and time left, pauses left out."""

    def __init__(self, steps: int, batch: int, step: int = 0) -> None:
        self.steps = steps
        self._batch = batch
        self._at, self._step = time.perf_counter(), step
        self._paused_at = 0.0
        self._speed = 0.0

    def pause(self) -> None:
        self._paused_at = time.perf_counter()

    def resume(self) -> None:
        self._at += time.perf_counter() - self._paused_at

    def read(self, step: int) -> tuple[float, float]:
        """Images per second, smoothed over about a second, and seconds until the end at that speed."""
        now = time.perf_counter()
        seconds, images = max(now - self._at, 1e-9), (step - self._step) * self._batch
        share = min(1.0, seconds) if self._speed else 1.0
        self._speed += share * (images / seconds - self._speed)
        self._at, self._step = now, step
        return self._speed, (self.steps - step) * self._batch / max(self._speed, 1e-9)
