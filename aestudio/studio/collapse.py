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
LEAST_RISE, MOST_CAPACITY = 1.25, 10_000
"""A remedy raises a capacity so many times at least, and as far as it goes."""
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

    def suits(self, run: Run) -> bool:
        """Whether a run has the penalty whose setting it is."""
        return self.path.split(".")[1] in {one.kind for one in run.penalties}


@dataclass(frozen=True)
class Diagnosis:
    """What is happening, and what can be done."""

    said: Text
    remedies: tuple[Remedy, ...] = ()
    """Two at most."""


def counted(run: Run, found: Collapse) -> float | None:
    """What β counts as in a bound in nats; None where the run has none, or holds the KL at a capacity."""
    penalty = _pressing(run)
    if penalty is None or penalty.capacity or found.price is None:
        return None
    return found.price.counts(penalty.weight)


UNTRAINED = Diagnosis(Text("Nothing is trained yet: what units carry now is by chance."))

ALONE = Diagnosis(
    Text("Which units carry something cannot be said of one held-out image: they have to tell images apart.")
)


def diagnosis_of(run: Run, found: Collapse, steps: int) -> Diagnosis:
    """Of a run of so many steps whose code was looked at; the remedy that is likeliest to help comes first."""
    penalty, counts = _pressing(run), counted(run, found)
    silent, units = found.silent, len(found.active)
    if found.images < 2:
        return ALONE
    if not silent:
        return Diagnosis(
            Text(
                "All {units:,} units carry something; together they tell {nats:.1f} nats of an image.",
                units=units,
                nats=float(found.kl.sum()),
            )
        )
    if penalty is not None and penalty.capacity:
        said = Text(
            "The KL is held at {capacity:g} nats, so units beyond that stay silent; raise the capacity.",
            capacity=penalty.capacity,
        )
        return Diagnosis(said, _raise(penalty, units - silent, units) if silent >= MANY * units else ())
    if penalty is None or found.price is None or counts is None:
        return Diagnosis(
            Text(
                "{silent:,} of {units:,} units carry nothing, and no KL to the prior is what silences them: the "
                "decoder does without them.",
                silent=silent,
                units=units,
            )
        )
    if silent < MANY * units and not found.price.is_mean:
        return Diagnosis(
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
            "is a sum, so β = {beta:g} counts as {counts}. Lower β until it counts as 1, or choose a loss that is "
            "a sum.",
            silent=silent,
            units=units,
            beta=penalty.weight,
            counts=in_digits(counts),
        )
        return Diagnosis(said, (_lower(penalty, counts), *_warm(penalty, steps)))
    if counts > STRONG:
        said = Text(
            "{silent:,} of {units:,} units carry nothing: β is too strong for the likelihood's scale, as β = {beta:g} "
            "counts as {counts} here. Lower β or warm it up.",
            silent=silent,
            units=units,
            beta=penalty.weight,
            counts=in_digits(counts),
        )
        return Diagnosis(said, (_lower(penalty, counts), *_warm(penalty, steps)))
    if silent == units:
        said = Text(
            "All {units:,} units carry nothing, though β counts as {counts:.2g} only: the decoder has learned to do "
            "without the code. Warm β up, or let each unit tell a little at no cost.",
            units=units,
            counts=counts,
        )
        return Diagnosis(said, (*_free(penalty), *_warm(penalty, steps)))
    said = Text(
        "{silent:,} of {units:,} units carry nothing, and β counts as {counts:.2g}: they are not worth their price to "
        "the bound. That is no fault; a smaller code does the same, and free nats keep units in use.",
        silent=silent,
        units=units,
        counts=counts,
    )
    return Diagnosis(said, _free(penalty))


def _pressing(run: Run) -> KLToPrior | None:
    return next((one for one in run.penalties if isinstance(one, KLToPrior)), None)


def in_digits(value: float) -> str:
    """Three digits that count, and no exponent where it is large."""
    return f"{_digits(value, 3):,.0f}" if value >= 100 else f"{value:.3g}"


def _raise(penalty: KLToPrior, active: int, units: int) -> tuple[Remedy, ...]:
    """So much more that units which are silent have as much to tell as the others."""
    value = min(MOST_CAPACITY, _digits(penalty.capacity * max(LEAST_RISE, units / max(1, active)), 2))
    if value <= penalty.capacity:
        return ()
    return (
        Remedy(
            f"penalties.{penalty.kind}.capacity",
            value,
            Text("Raise the capacity to {value:g} nats", value=value),
            Text("The whole code then tells so much of an image; Undo takes it back"),
        ),
    )


def _lower(penalty: KLToPrior, counts: float) -> Remedy:
    value = _digits(penalty.weight / counts, 2)
    return Remedy(
        f"penalties.{penalty.kind}.weight",
        value,
        Text("Set β to {value:g}", value=value),
        Text("β then counts as 1, as in the evidence lower bound; Undo takes it back"),
    )


def _warm(penalty: KLToPrior, steps: int) -> tuple[Remedy, ...]:
    if penalty.warm_up:
        return ()
    rise = max(100, int(_digits(WARM_UP * steps, 2)))
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


def _digits(value: float, count: int) -> float:
    """Rounded to so many digits that count; two are as a person would set it."""
    return round(value, count - 1 - floor(log10(abs(value)))) if value else 0.0
