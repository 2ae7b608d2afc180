"""What is said of a code whose numbers carry nothing, and which change of the settings would help."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import Any

from aestudio.core.ground.texts import Text
from aestudio.core.latent.collapse import Collapse
from aestudio.core.parts.penalties.kl_to_prior import KLToPrior
from aestudio.core.run.run import Run

STRONG = 1.5
"""β counts as more than 1 from here on: a learned spread is never exactly the error."""
MANY = 0.25
"""A smaller share of silent units is what a bound does with more of them than it needs, and no collapse."""
FREE_NATS = 0.25
"""What a remedy lets each number of the code tell at no cost."""
WARM_UP = 0.25
"""Of a training, over which a remedy lets β rise."""


@dataclass(frozen=True)
class Remedy:
    """A change of one setting."""

    path: str
    """As `Run.with_value` takes it."""
    value: Any
    text: Text
    """What the button says."""
    tip: Text


@dataclass(frozen=True)
class Verdict:
    """What is happening, and what can be done."""

    said: Text
    remedies: tuple[Remedy, ...] = ()
    """Two at most."""


def counted(run: Run, found: Collapse) -> float | None:
    """What β counts as in a bound in nats; None where the run has none."""
    penalty = _pressing(run)
    return found.price.counts(penalty.weight) if penalty is not None and found.price is not None else None


def verdict(run: Run, found: Collapse, steps: int) -> Verdict:
    """Of a run of so many steps whose code was looked at; the remedy that is likeliest to help comes first."""
    penalty, counts = _pressing(run), counted(run, found)
    silent, units = found.silent, len(found.active)
    if not silent:
        return Verdict(
            Text(
                "All {units:,} units carry something; together they tell {nats:.1f} nats of an image.",
                units=units,
                nats=float(found.kl.sum()),
            )
        )
    if penalty is None or found.price is None or counts is None:
        return Verdict(
            Text(
                "{silent:,} of {units:,} units carry nothing, and no KL to the prior is what silences them: the "
                "decoder does without them.",
                silent=silent,
                units=units,
            )
        )
    if silent < MANY * units and not found.price.is_mean:
        return Verdict(
            Text(
                "{active:,} of {units:,} units carry something; together they tell {nats:.1f} nats of an image. The "
                "rest is not worth its price, which is no fault.",
                active=units - silent,
                units=units,
                nats=float(found.kl.sum()),
            )
        )
    if found.price.is_mean and counts > STRONG:
        said = Text(
            "{silent:,} of {units:,} units carry nothing: the loss is a mean over the numbers of an image and the KL "
            "is a sum, so β = {beta:g} counts as {counts:.3g}. Lower β until it counts as 1, or choose a loss that is "
            "a sum.",
            silent=silent,
            units=units,
            beta=penalty.weight,
            counts=counts,
        )
        return Verdict(said, (_lower(penalty, counts), *_warm(penalty, steps)))
    if counts > STRONG:
        said = Text(
            "{silent:,} of {units:,} units carry nothing: β is too strong for the likelihood's scale, as β = {beta:g} "
            "counts as {counts:.3g} here. Lower β or warm it up.",
            silent=silent,
            units=units,
            beta=penalty.weight,
            counts=counts,
        )
        return Verdict(said, (_lower(penalty, counts), *_warm(penalty, steps)))
    if silent == units:
        said = Text(
            "All {units:,} units carry nothing, though β counts as {counts:.2g} only: the decoder has learned to do "
            "without the code. Warm β up, or let each unit tell a little at no cost.",
            units=units,
            counts=counts,
        )
        return Verdict(said, (*_free(penalty), *_warm(penalty, steps)))
    said = Text(
        "{silent:,} of {units:,} units carry nothing, and β counts as {counts:.2g}: they are not worth their price to "
        "the bound. That is no fault; a smaller code does the same, and free nats keep units in use.",
        silent=silent,
        units=units,
        counts=counts,
    )
    return Verdict(said, _free(penalty))


def _pressing(run: Run) -> KLToPrior | None:
    return next((one for one in run.penalties if isinstance(one, KLToPrior)), None)


def _lower(penalty: KLToPrior, counts: float) -> Remedy:
    value = _two_digits(penalty.weight / counts)
    return Remedy(
        f"penalties.{penalty.kind}.weight",
        value,
        Text("Set β to {value:g}", value=value),
        Text("β then counts as 1, as in the evidence lower bound; Undo takes it back"),
    )


def _warm(penalty: KLToPrior, steps: int) -> tuple[Remedy, ...]:
    if penalty.warm_up:
        return ()
    rise = max(100, int(_two_digits(WARM_UP * steps)))
    return (
        Remedy(
            f"penalties.{penalty.kind}.warm_up",
            rise,
            Text("Warm up over {steps:,} steps", steps=rise),
            Text("β rises evenly from 0, so that the code is in use before it costs its price; Undo takes it back"),
        ),
    )


def _free(penalty: KLToPrior) -> tuple[Remedy, ...]:
    if penalty.free_nats:
        return ()
    return (
        Remedy(
            f"penalties.{penalty.kind}.free_nats",
            FREE_NATS,
            Text("Give each unit {nats:g} free nats", nats=FREE_NATS),
            Text("So much each unit tells of an image at no cost; Undo takes it back"),
        ),
    )


def _two_digits(value: float) -> float:
    """Rounded, as a person would set it."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0
