"""The loop: one run, told as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from aestudio.core.data.dataset import Dataset, ImageStore, to_float
from aestudio.core.ground import compute as computing
from aestudio.core.ground.compute import Compute
from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.ground.journal import LOG
from aestudio.core.ground.memory import is_out_of_memory
from aestudio.core.ground.texts import say
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.run.events import Changed, Evaluated, Event, Finished, Held, Reason, Warned
from aestudio.core.run.run import Run, differences
from aestudio.core.training import ranks
from aestudio.core.training.checkpoint import Checkpoint, Keeper, fitting, load_weights
from aestudio.core.training.choosing import choose
from aestudio.core.training.controls import Controls
from aestudio.core.training.draws import Draws
from aestudio.core.training.heeding import CalledOff, heeded
from aestudio.core.training.moment import Album
from aestudio.core.training.ranks import agreed
from aestudio.core.training.resampling import resample
from aestudio.core.training.starting import start_from
from aestudio.core.training.step import Step
from aestudio.core.training.telling import NOTHING, Course, Teller

MEASURING_SECONDS = 0.1
"""Scoring that takes longer says how far it is, so often."""


def fit(
    run: Run,
    dataset: Dataset,
    controls: Controls | None = None,
    compute: Compute | None = None,
    *,
    keeper: Keeper | None = None,
    album: Album | None = None,
    resume: Checkpoint | None = None,
    draws: Draws | None = None,
    start: Mapping[str, Tensor] | None = None,
) -> Iterator[Event]:
    """Trains a run on a data set, from new weights or from those of another model, `start`.

    The first event is Started (unless the run cannot be set up), the last always Finished, whatever happens: nothing is
    raised. Everything random comes from the run's seed (or from `draws`), and looking on (previews, checkpoints, when
    losses are read) draws from generators of its own, so the same run on the same CPU gives the same losses to the last
    bit. So does a run that goes on from a checkpoint, `resume`, with live knobs or the number of epochs changed where
    `run` says so. `keeper` takes checkpoints to go on from, `album` moments to go back to.
    """
    course = Course(run, resume.position.step if resume else 0, depth=resume.depth if resume else None)
    reason: Reason = "failed"
    error = ""
    try:
        where = compute or computing.choose()
        LOG.info("training begins: %s on %s, %s, step %d", run.title, dataset.name, where.description, course.done)
        if resume is not None:
            resume = fitting(resume, run, dataset)
        run.check(dataset.shape, len(dataset.train))
        model = Autoencoder(run, dataset.shape).to(where.device)
        if resume is not None:
            load_weights(model, resume)
        elif start is not None:
            start_from(model, start)
        if ranks.count() > 1:
            ranks.make_sure_all_agree(run.to_json(), dataset.fingerprint(), *model.state_dict().values())
        course.model = model
        with where.threads_for(model.work() * run.batch_size):
            yield from _train(course, model, dataset, controls or Controls(), where, keeper, album, resume, draws)
        reason = "stopped" if course.stopped and not course.note else "completed"
    except StudioError as problem:
        error = str(problem)
    except Exception as problem:  # whatever it is, the reader gets a last event and the weights so far
        error = say(
            "Training stopped at step {step} because of an unexpected {kind}: {problem}",
            step=course.done,
            kind=type(problem).__name__,
            problem=problem,
        )
        LOG.error("training: step %d", course.done, exc_info=problem)
        if is_out_of_memory(problem):
            error = say("The device ran out of memory; lower the batch size or the layer widths, or train on the CPU.")
    LOG.info("training ends: %s at step %d %s", reason, course.done, error)
    weights = course.model.snapshot() if course.model else None
    yield Finished(
        reason, course.done, error, course.run, weights, course.depth, course.note, kept_epoch=course.kept_epoch
    )


def _train(
    course: Course,
    model: Autoencoder,
    dataset: Dataset,
    controls: Controls,
    compute: Compute,
    keeper: Keeper | None,
    album: Album | None,
    resume: Checkpoint | None,
    draws: Draws | None,
) -> Iterator[Event]:
    """Everything between setting up and Finished: phases, epochs, steps, and what the person wants between two."""
    images = dataset.train.images.to(compute.device)
    plan = course.run.plan(dataset.shape, len(images))
    draws = draws or Draws(course.run.seed, compute.device)
    if resume is not None:
        same = resume.device == compute.device.type
        draws = Draws.going_on(course.run.seed, compute.device, resume.draws, same_device=same)
        course.phase_number = resume.position.phase
    tell = Teller(course, model, dataset, plan, draws, compute, keeper, album)
    controls.arrive(course.done)
    yield tell.started()

    first = course.phase_number
    for number, phase in enumerate(plan.phases[first:], start=first):
        course.phase_number, course.epoch, course.phase_done = number, 0, 0
        course.depth = phase.span.last if phase.span.last < model.depth else None
        kind = choose(course.run, plan, compute, resume.step if resume else "")
        step = kind(course.run, model, phase.span, compute, draws, course.done, len(images))
        step.unwanted = lambda: controls.called_off
        if resume is not None and number == resume.position.phase:
            step.load(resume.optimiser)
            tell.tape.go_on(resume.epoch_terms, resume.epoch_weights)
            course.epoch, course.phase_done = resume.position.epoch, resume.position.phase_step
            course.held_out, course.best = resume.scores_so_far(), resume.best
        else:
            course.held_out, course.scored = [], NOTHING
        if controls.listening:
            yield tell.preview()
        if len(course.held_out) <= course.epoch:
            yield from _measure(course, controls, step, tell, images)
            tell.remember()
        if number == first:
            tell.clock.begin(course.done)

        while course.epoch < phase.epochs and not agreed(tell.phase_over()):
            yield from _epoch(course, controls, step, tell, images, draws)
            if not course.stopped:
                yield tell.means()
            yield from _measure(course, controls, step, tell, images)
            tell.remember()
            if course.stopped and not course.note:
                return
            if course.stopped:
                break
        if number < len(plan.phases) - 1 and not course.stopped:
            tell.restore()
            continue
        controls.keep_pace(None)  # it takes no step any more
        if not course.stopped:
            course.order_before = draws.order.get_state()
            yield from tell.keep(step)
            tell.keep_moment(step, "weights")
        tell.restore(final=True)
        if course.kept_epoch is not None:
            yield from _measure(course, controls, step, tell, images)
        if controls.listening and (course.kept_epoch is not None or not course.stopped):
            yield tell.preview()
        return


def _epoch(
    course: Course, controls: Controls, step: Step, tell: Teller, images: ImageStore, draws: Draws
) -> Iterator[Event]:
    """What is left of an epoch of the phase, until it is done, the person stops or its time is over."""
    phase_steps = tell.phase.epochs * tell.steps_an_epoch
    course.order_before = draws.order.get_state()
    order = torch.randperm(len(images), generator=draws.order)[: tell.steps_an_epoch * tell.batch]
    batches = torch.split(order.to(tell.device), tell.batch)
    for index in batches[course.done % tell.steps_an_epoch :]:
        terms = None
        while terms is None:
            yield from _between(course, controls, step, tell, images, ready=controls.may_step, batch=index)
            course.stopped = agreed(controls.stopped or not tell.in_time())
            if course.stopped or tell.due():
                yield from tell.progress(step)
                yield from tell.keep(step)
            if course.stopped:
                tell.keep_moment(step, "weights")
                if controls.listening:
                    yield tell.preview()
                return
            if (wanted := tell.moment_wanted()) != "nothing":
                yield from tell.progress(step)
                tell.keep_moment(step, wanted)
            with suppress(CalledOff):
                terms = step(to_float(images.gather(index)), course.run.rate.factor(course.phase_done / phase_steps))
        course.done += 1
        course.phase_done += 1
        controls.arrive(course.done)
        tell.tape.add(terms, step.learning_rate)
        if step.told:
            yield Warned(step.told)
            step.told = ""
        if tell.tape.due():
            yield from tell.progress(step)
        if controls.may_preview(tell.affordable):
            controls.preview_given()
            yield tell.preview()
    yield from tell.progress(step)
    course.epoch += 1


def _measure(course: Course, controls: Controls, step: Step, tell: Teller, images: ImageStore) -> Iterator[Event]:
    """Scores the held-out images, unless they have been since the last step; the person is heard between two batches.

    A pause begins it anew. An untrained network that is stopped is not scored, nor is any for whom nobody waits.
    """

    def unwanted() -> bool:
        return controls.hurried or (controls.stopped and not course.done)

    said, shown = time.perf_counter(), course.stopped  # whoever stops in time is shown the model by its epoch
    while course.scored != course.done:
        yield from _between(course, controls, step, tell, images, ready=lambda: not controls.holds)
        for told in heeded(tell.scores(), lambda: unwanted() or (controls.holds and not controls.stopped)):
            if isinstance(told, Evaluated):
                course.scored = course.done
                if len(course.held_out) <= course.epoch:
                    course.held_out.append(told.objective)
                yield told
            elif time.perf_counter() - said >= MEASURING_SECONDS:
                said, final = time.perf_counter(), controls.stopped or course.stopped
                if final and not shown and controls.listening:
                    shown = True
                    yield tell.preview()
                yield replace(told, last=final)
        if unwanted():
            return


def _between(
    course: Course,
    controls: Controls,
    step: Step,
    tell: Teller,
    images: ImageStore,
    ready: Callable[[], bool],
    batch: Tensor | None = None,
) -> Iterator[Event]:
    """Does what the person wants, and holds for as long as the training is paused: until it is `ready` to go on, with
    this batch where a step comes next.
    """
    shown = False
    while not controls.stopped:
        if (run := controls.take_run()) is not None:
            try:
                step.use(run)
                if changed := differences(course.run, run):
                    yield Changed(course.done, changed)
                    course.best = None  # the objective is another one from here on
                    tell.note(run)
                course.run, course.scored, shown = run, NOTHING, False
            except RunError as problem:
                yield Warned(say("{problem} Training goes on with the settings as they were.", problem=problem))
        for units in controls.take_resamples():
            optimiser = step.players[0].optimiser
            resample(units, step.model, course.run, step.span, images, optimiser, course.done)
            course.scored = NOTHING
            tell.note(units)
        if batch is not None and controls.steps_singly and controls.listening and not shown:
            yield tell.preview(batch)  # where it held, the batch was not yet known
        with tell.clock.waiting():
            go = ready()
        if go:
            return
        if not controls.holds:  # it waited for another training, and was told something meanwhile
            continue
        yield from tell.progress(step)
        if controls.listening:
            controls.preview_given()
            yield tell.preview(batch)
            shown = True
        yield Held(course.done)
        tell.clock.pause()
        controls.wait()
        tell.clock.resume()
