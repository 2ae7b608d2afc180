"""What to look at: the claims of the run that is shown, with the figures as they are now. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.ground.texts import Text
from aestudio.core.probes.measure import about, title, written
from aestudio.core.run.claims import Claim, ClaimResult
from aestudio.core.run.events import Evaluated, Started
from aestudio.core.run.run import Run
from aestudio.studio.events import CurvesShown, MomentShown, RunChanged, SamplesShown, Told

NONE = Text("–")
"""Where nothing was measured yet."""


@dataclass(frozen=True)
class ClaimRow:
    """One claim, in words."""

    sentence: Text
    now: Text
    beside: Text
    """The figure that it is compared with, or the bound where there is none."""
    why: Text
    """What is measured, when the claim holds, and after which step the figure was measured: the model that is shown may
    have gone on since.
    """
    reached: bool | None
    """None where nothing was measured yet."""
    look: str
    """What shows it: a panel of the page Inspect, or a card of the page Explore."""


class Claims:
    """Reads what a document tells. Rows are there from the first, so that nothing moves when their figures come."""

    def __init__(self, run: Run) -> None:
        self._begin(run)

    def _begin(self, run: Run) -> None:
        self._claims = run.claims
        self._told: list[tuple[int, dict[str, float]]] = []
        """Scores of the held-out images, by step."""
        self._until: int | None = None
        """The older moment that is shown."""

    def read(self, event: Told) -> bool:
        """Whether the rows are others now."""
        match event:
            case RunChanged(run) if run.claims != self._claims:
                self._begin(run)
            case Started(run=run) if not event.resumed_at:
                self._begin(run)
            case SamplesShown():
                self._told = []
            case Evaluated(split="held-out", step=step, scores=scores):
                self._told.append((step, scores))
            case CurvesShown(curves):
                self._told = [(one.step, one.scores) for one in curves.held_out()]
            case MomentShown(moment):
                self._until = None if moment is None else moment.step
            case _:
                return False
        return True

    @property
    def rows(self) -> tuple[ClaimRow, ...]:
        """With the figures that were measured last; where an older moment is shown, last before or at its step."""
        scores: dict[str, float] = {}
        steps: dict[str, int] = {}
        for step, told in self._told:
            if self._until is None or step <= self._until:
                scores |= told
                steps |= dict.fromkeys(told, step)
        return tuple(_row(claim, claim.figure(scores), steps.get(claim.score, 0)) for claim in self._claims)

    @property
    def summary(self) -> Text:
        """How many are reached, in a few words."""
        rows = self.rows
        return Text("{reached} of {count} reached", reached=sum(bool(row.reached) for row in rows), count=len(rows))


def _row(claim: Claim, figure: ClaimResult | None, step: int) -> ClaimRow:
    now = NONE if figure is None else _now(claim, figure)
    other = claim.compared_with
    beside = _bound(claim)
    if other:
        compared = NONE if figure is None or figure.comparison is None else written(other, figure.comparison)
        beside = Text("{title}: {figure}", title=title(other), figure=compared)
    why = Text("{title}: {about}\n{bound}", title=title(claim.score), about=about(claim.score), bound=_bound(claim))
    if figure is not None:
        why = Text("{why}\nmeasured after step {step:,}", why=why, step=step)
    return ClaimRow(Text(claim.sentence), now, beside, why, None if figure is None else figure.reached, claim.look)


def _now(claim: Claim, figure: ClaimResult) -> Text:
    """The score; one that is not reached is not rounded to the bound that stands beside it."""
    now, bound = written(claim.score, figure.value), written(claim.score, claim.bound)
    if figure.reached or claim.by != "value":
        return now
    away = -1 if claim.at_least is not None else 1
    step = abs(claim.bound) * 1e-4
    while str(now) == str(bound) and step:
        now, step = written(claim.score, figure.value + away * step), 2 * step
    return now


def _bound(claim: Claim) -> Text:
    least = claim.at_least is not None
    match claim.by:
        case "value":
            wanted = written(claim.score, claim.bound)
            return Text("at least {wanted}", wanted=wanted) if least else Text("at most {wanted}", wanted=wanted)
        case "difference":
            wanted = written(claim.score, claim.bound)
            return (
                Text("wanted: at least {wanted} more", wanted=wanted)
                if least
                else Text("wanted: at most {wanted} more", wanted=wanted)
            )
        case "ratio":
            return (
                Text("wanted: at least {wanted:g} times as much", wanted=claim.bound)
                if least
                else Text("wanted: at most {wanted:g} times as much", wanted=claim.bound)
            )
