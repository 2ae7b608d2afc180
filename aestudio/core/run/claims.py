"""What a recipe claims: a score, what it is compared with, and the bound that has to be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from aestudio.core.ground.errors import SettingError

REFERENCE = "{score}_reference"
"""What a score of the network in resources/references is called among the scores."""


@dataclass(frozen=True)
class ClaimResult:
    """A claim as it stands now."""

    value: float
    comparison: float | None
    """What it is compared with; None where it is compared with the bound alone."""
    measured: float
    """What the bound is about: the value, its difference from the comparison, or their ratio."""
    reached: bool


class Claim(BaseModel):
    """A sentence that a recipe stands for, with how it is measured: on held-out images, while it trains.

    Scores go by the names that `Evaluated.scores` has: mse, psnr, psnr_corrupted, or those of core/probes/measures.
    Raises: SettingError where there is not exactly one bound.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sentence: str
    """Plain English, looked up when it is shown."""
    score: str
    comparison: str = ""
    """Another score; empty where the score is compared with the bound alone."""
    reference: str = ""
    """A model in resources/references, whose score is the comparison: the same network without the penalty."""
    by: Literal["value", "difference", "ratio"] = "value"
    """The bound is about the score, about score − comparison, or about score / comparison."""
    at_least: float | None = None
    at_most: float | None = None
    look: str = ""
    """Where it can be seen: a panel of the page Inspect, or a card of the page Explore."""

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise SettingError("a claim has one bound: give at_least or at_most, not both")
        if (self.by != "value") != bool(self.compared_with):
            raise SettingError("a claim by difference or ratio needs a comparison or a reference, and only such a one")
        return self

    @property
    def compared_with(self) -> str:
        """The score that it is compared with; empty where there is none."""
        return REFERENCE.format(score=self.score) if self.reference else self.comparison

    @property
    def scores(self) -> tuple[str, ...]:
        """Those that have to be measured."""
        return tuple(filter(None, (self.score, self.compared_with)))

    @property
    def bound(self) -> float:
        return self.at_least if self.at_least is not None else self.at_most or 0.0

    def figure(self, scores: Mapping[str, float]) -> ClaimResult | None:
        """How it stands; None where a score was not measured, or is not finite."""
        value = scores.get(self.score)
        comparison = scores.get(self.compared_with) if self.compared_with else 0.0
        if value is None or comparison is None or not (isfinite(value) and isfinite(comparison)):
            return None
        match self.by:
            case "value":
                measured = value
            case "difference":
                measured = value - comparison
            case "ratio":
                measured = value / comparison if comparison else float("inf")
        reached = measured >= self.bound if self.at_least is not None else measured <= self.bound
        return ClaimResult(value, comparison if self.compared_with else None, measured, reached)
