"""A run is tried out before it is trained: what does not fit is a sentence, and not an error at the first step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import prod
from threading import Event

import torch
from torch import Tensor, nn

from aestudio.core.ground.drawing import drawn_from
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import SPACE, Text, listed
from aestudio.core.parts.at_work import at_work, in_a_sentence, owned
from aestudio.core.parts.building import Blueprint, Undrawn, build, fused, learned, moved, named, sentence
from aestudio.core.parts.families.penalty import Penalty
from aestudio.core.parts.looking import Built, encode, joined, look, scoring
from aestudio.core.parts.one_pass import EVALUATE, TRAIN, Latent, Pass
from aestudio.core.parts.part import Part
from aestudio.core.parts.placed import Placed
from aestudio.core.parts.plan import Phase, Plan, Span, phase_title
from aestudio.core.parts.writes import Writes

SMALL = 1_000_000
"""Numbers in a run that is tried out with values as long as torch's meta device has not been used: it is written in
Python and imports the compiler, which takes as long as half of torch.
"""
_imported = Event()
"""All of that is there."""


def try_out(run: Blueprint, planned: Plan) -> None:
    """Sends a batch through every phase: forward, back to the weights of every player, and on to what is counted. Two
    images stand for a batch, one for a batch of one. There are no values: on the meta device only sizes are computed. A
    small run that goes with values needs no such device.

    Raises: RunError with a sentence where anything does not fit anything else.
    """
    count = min(2, planned.batch_size, planned.images or 2)
    if not _imported.is_set() and _size_of(planned) <= SMALL and _goes(run, planned, count):
        return
    try:
        _try(run, planned, count)
        _imported.set()
    except RunError as error:
        if count > 1 or _refusal(run, planned, 2, planned.phases):
            raise
        raise RunError(
            "A batch of one image is too small for this run, and two are enough: choose a larger batch size. ({error})",
            error=error,
        ) from error


def import_what_sizes_need() -> None:
    """What the first run without values would wait for; from any thread."""
    with torch.device("meta"):
        torch.nn.Linear(1, 1)(torch.zeros(1, 1)).sum().backward()
    _imported.set()


def _size_of(planned: Plan) -> int:
    """Weights of the network and values of its layers, of one image."""
    weights = sum(one.numel() for stage in planned.stages for one in stage.parameters())
    return weights + sum(prod(shape) for shape in (planned.shape, *(stage.out_shape for stage in planned.stages)))


def _goes(run: Blueprint, planned: Plan, count: int) -> bool:
    """Whether a batch with values goes all the way. Where one does not, its values may be why, so sizes decide."""
    with suppress(Exception), drawn_from(0):
        _try(run, planned, count, "cpu")
        return True
    return False


def _try(run: Blueprint, planned: Plan, count: int, device: str = "meta") -> None:
    placed = Placed()
    with torch.device(device), Undrawn(), placed, torch.enable_grad(), _AsFarAsSizesGo():
        built = build(run, planned)
        images = torch.zeros(count, *planned.shape)
        modules = [own for _, own in owned(run, built)]
        placed.meets([images, *(one for own in modules for one in (*own.parameters(), *own.buffers()))])
        with _AsFarAsSizesGo(), sentence(run.augmentation, Text("cannot be used here")):
            made = run.augmentation(images)
            if made.shape != images.shape:
                raise RunError(
                    "{part} makes images of {made} of those of {given}; choose another one.",
                    part=named(run.augmentation),
                    made=_size(made.shape[1:]),
                    given=_size(planned.shape),
                )
        phases = list({phase.span: phase for phase in planned.phases}.values())
        for phase in phases:
            try:
                _try_span(run, planned, built, images, phase.span, back=phase is phases[-1])
            except RunError as error:
                whole = Phase("", Span(0, built.depth), 1)
                if phase.span == whole.span or _refusal(run, planned, count, (whole,)):
                    raise
                raise RunError(_alone(run, built, phase, error)) from error


def _refusal(run: Blueprint, planned: Plan, count: int, phases: tuple[Phase, ...]) -> str:
    """Why a run of these phases cannot be trained on batches of so many images; empty where it can."""
    try:
        _try(run, replace(planned, phases=phases), count)
    except RunError as error:
        return str(error)
    return ""


def _try_span(run: Blueprint, planned: Plan, built: Built, images: Tensor, span: Span, *, back: bool) -> None:
    """Where `back` is off, gradients are not computed but only asked for: once is enough, and costs as much as all else
    together.
    """
    whole, samples = span.last == built.depth, run.objective.samples
    counted = _counted(run, built)
    seen: Pass | None = None
    with _AsFarAsSizesGo(), in_a_sentence(run, built):
        if whole and not run.code.neutral:
            for mode in (TRAIN, EVALUATE):
                drawn = encode(run, built, images, span, mode, samples=samples).latent
                _check_latent(run, planned.code, len(images), samples, drawn)
        seen = look(run, built, images, span, TRAIN, samples=samples)
        if seen.reconstruction.shape != seen.target.shape:
            raise RunError(
                "The reconstruction is of {made} numbers and what should come out of {wanted}: the network {network}, "
                "the loss {loss} and the corruption {corruption} do not go together.",
                made=_size(seen.reconstruction.shape[1:]),
                wanted=_size(seen.target.shape[1:]),
                network=Text(run.network.title),
                loss=Text(run.loss.title),
                corruption=Text(run.corruption.title),
            )
    if seen is None:
        return
    network = moved(run, built, span)
    if not network:
        raise RunError(
            "{part} has nothing to learn: all that it has built is frozen. Choose another one.",
            part=named(run.network),
        )
    _try_optimiser(run.optimiser, Text("the network"), network, run.optimiser.build)
    total = _objective(run, built, seen)
    if total is not None:
        _check_moves(run, built, total, network, Text("What is minimised"), back=back)
    for penalty in run.penalties:
        if penalty.plays:
            _try_player(run, built, seen, penalty, back=back)
    if whole:
        writes = Writes([built.code])
        with _AsFarAsSizesGo(), in_a_sentence(run, built), torch.no_grad(), writes:
            run.code.after_step(built.code, seen.latent, None)
        if changed := writes.changed():
            raise RunError(
                "{part} changes {weight} after a step, which would stay so where the step is refused: what is counted "
                "belongs in a buffer, and weights are moved by the optimiser alone.",
                part=named(run.code),
                weight=changed,
            )
    _check_counted(counted, run, built)
    if whole and not run.code.neutral:  # scores are told before the first step, of a code that is not drawn
        with _AsFarAsSizesGo(), in_a_sentence(run, built):
            _objective(run, built, look(run, built, images, span, scoring(run), samples=samples))
            look(run, built, images, Span(0, span.last), EVALUATE)


# -- what is looked at -------------------------------------------------------------------------------------------------


def _objective(run: Blueprint, built: Built, seen: Pass) -> Tensor | None:
    """The objective of a pass; None where a part of it asks for numbers."""
    parts: list[Tensor] = []
    with _AsFarAsSizesGo(), in_a_sentence(run, built):
        parts.append(_one_number(run.loss(seen, built.loss), named(run.loss)))
    for penalty in run.penalties:
        with _AsFarAsSizesGo(), in_a_sentence(run, built):
            parts.append(_one_number(penalty(seen, built.penalties[penalty.kind]), named(penalty)))
    if run.code.term:
        with _AsFarAsSizesGo(), in_a_sentence(run, built):
            parts.append(_one_number(run.code.own_loss(seen, built.code), named(run.code)))
    if len(parts) < 1 + len(run.penalties) + bool(run.code.term):
        return None
    with _AsFarAsSizesGo(), in_a_sentence(run, built):
        return _one_number(joined(run, built, seen, parts).total, named(run.objective))
    return None


def _one_number(made: Tensor, whose: Text) -> Tensor:
    if made.shape != ():
        raise RunError(
            "{whose} gives {size} numbers, and a term is one: take its sum or its mean.",
            whose=whose,
            size=_size(made.shape),
        )
    return made


def _check_latent(run: Blueprint, shape: tuple[int, ...], images: int, samples: int, drawn: Latent) -> None:
    if tuple(drawn.code.shape[1:]) != shape:
        raise RunError(
            "The code {title} says that it gives {said} numbers and gives {given}; its shape() and its encode() have "
            "to agree.",
            title=Text(run.code.title),
            said=_size(shape),
            given=_size(drawn.code.shape[1:]),
        )
    codes = images * samples
    wanted: Mapping[Text, tuple[Tensor | None, tuple[int, ...]]] = {
        Text("its codes"): (drawn.code, (codes, *shape)),
        Text("its mean"): (drawn.mean, (images, *shape)),
        Text("its log variance"): (drawn.log_variance, (images, *shape)),
        Text("log q"): (drawn.log_q, (codes,)),
        Text("log p"): (drawn.log_prior, (codes,)),
        Text("its divergence from the prior"): (drawn.kl, (images, *(() if drawn.kl is None else drawn.kl.shape[1:2]))),
    }
    for what, (found, size) in wanted.items():
        if found is not None and tuple(found.shape) != size:
            raise RunError(
                "The code {title} gives {what} as {given} numbers where {wanted} are wanted, for {images} images and "
                "k = {samples} codes of each; its encode() has to give them so.",
                title=Text(run.code.title),
                what=what,
                given=_size(found.shape),
                wanted=_size(size),
                images=images,
                samples=samples,
            )


def _check_moves(
    run: Blueprint, built: Built, stake: Tensor, parameters: Sequence[nn.Parameter], whose: Text, *, back: bool
) -> None:
    """Raises: RunError where no gradient of what a player minimises reaches any of its parameters."""
    with _AsFarAsSizesGo(), in_a_sentence(run, built):
        reached = stake.requires_grad
        if reached and back:
            gradients = torch.autograd.grad(stake, parameters, allow_unused=True)
            reached = any(gradient is not None for gradient in gradients)
        if not reached:
            raise RunError(
                "{whose} does not depend on anything that it could change, so nothing would be learned; choose other "
                "parts.",
                whose=whose,
            )


def _try_player(run: Blueprint, built: Built, seen: Pass, penalty: Penalty, *, back: bool) -> None:
    own = built.penalties[penalty.kind]
    theirs = learned(own)
    if not theirs:
        raise RunError(
            "{part} plays against the network and has built nothing that it could learn; its build() has to give "
            "parameters, or it must not play.",
            part=named(penalty),
        )
    _try_optimiser(penalty, Text(penalty.title), theirs, penalty.optimiser)
    whose = Text("The own loss of the penalty {title}", title=Text(penalty.title))
    with _AsFarAsSizesGo(), in_a_sentence(run, built):
        stake = _one_number(penalty.own_loss(seen.detached(), own), whose)
        _check_moves(run, built, stake, theirs, whose, back=back)


def _try_optimiser(
    part: Part,
    owner: Text,
    parameters: Sequence[nn.Parameter],
    make: Callable[[Sequence[nn.Parameter]], torch.optim.Optimizer],
) -> None:
    """Made for parameters of these sizes that take no memory: a fused one is made for no meta device."""
    none = [nn.Parameter(torch.zeros((), dtype=one.dtype, device="cpu").expand(one.shape)) for one in parameters]
    with sentence(part, Text("has no optimiser for what is trained here")):
        fused(make(none), owner)


# -- what is said ------------------------------------------------------------------------------------------------------


class _AsFarAsSizesGo:
    """What asks the device for a number cannot be tried out where there is none, and is let pass."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, RunError) and _asks_for_numbers(error.__cause__)


def _asks_for_numbers(error: BaseException | None) -> bool:
    """Only the words tell what torch's meta device cannot do: it has no class of errors of its own."""
    said = str(error)
    if isinstance(error, NotImplementedError):
        return re.search(r"\bmeta\b|register_meta", said, re.IGNORECASE) is not None
    return isinstance(error, RuntimeError | TypeError) and ("meta tensor" in said or "meta device type tensor" in said)


def _counted(run: Blueprint, built: Built) -> list[tuple[Part, dict[str, tuple[str, str]]]]:
    """Size and type of every buffer by its name, and which part has built it."""
    return [
        (part, {name: (_size(one.shape), f"{one.dtype}".removeprefix("torch.")) for name, one in own.named_buffers()})
        for part, own in owned(run, built)
    ]


def _check_counted(before: list[tuple[Part, dict[str, tuple[str, str]]]], run: Blueprint, built: Built) -> None:
    """Raises: RunError where a step makes another thing of a buffer: where it is refused the old one is put back."""
    for (part, held), (_, now) in zip(before, _counted(run, built), strict=True):
        for name in held | now:
            if held.get(name) != now.get(name):
                was, made = (listed(one[name], SPACE) if name in one else Text("nothing") for one in (held, now))
                raise RunError(
                    "{part} counts in {name}, which was {was} before a step and is {made} after it: what is counted "
                    "keeps its name, size and type.",
                    part=named(part),
                    name=name,
                    was=was,
                    made=made,
                )


def _alone(run: Blueprint, built: Built, phase: Phase, error: RunError) -> Text:
    """A run that can be trained as a whole cannot be trained in this phase."""
    stages = built.stages[phase.span.first : phase.span.last]
    own = _size(stages[-1].out_shape)
    alone = Text(
        "The phase “{phase}” trains a part of the network by itself: {entering} numbers go in, and its code is its own "
        "last layer of {own}."
        if phase.span.last == built.depth
        else "The phase “{phase}” trains a part of the network by itself: {entering} numbers go in, and its code is "
        "its own last layer of {own}, not that of {code} behind the last layer.",
        phase=phase_title(phase.name),
        entering=_size(stages[0].in_shape),
        own=own,
        code=Text(run.code.title),
    )
    if working := at_work(run, built, error.__cause__ or error):
        return Text(
            "{alone} {part} does not work there, though it does where all layers are trained together: train end to "
            "end, or choose another {noun}.",
            alone=alone,
            part=named(working[-1]),
            noun=Text(working[-1].noun),
        )
    return Text(
        "{alone} This run does not work there, though it does where all layers are trained together: train end to end. "
        "({error})",
        alone=alone,
        error=error,
    )


def _size(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))
