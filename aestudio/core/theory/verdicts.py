"""What a study may conclude, and in which words: nothing from one run, and no difference where spreads overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aestudio.core.ground.texts import SPACE, Listing, Text, listed, plural
from aestudio.core.theory.greedy import Compared, Way, epochs
from aestudio.core.theory.seeds import ENOUGH, Spread, differ, spread_of
from aestudio.core.theory.tradeoff import MeanPoint


@dataclass(frozen=True)
class Verdict:
    """Of comparisons that differ in their seed: held-out squared errors per pixel."""

    budget: int
    fine_tuning: int
    end_to_end: Spread
    layer_by_layer: Spread
    end_to_end_fine_tuned: Spread
    layer_by_layer_fine_tuned: Spread

    @property
    def better(self) -> Way | None:
        """After fine-tuning; None where the runs do not say."""
        one, other = self.end_to_end_fine_tuned, self.layer_by_layer_fine_tuned
        if not differ(one, other):
            return None
        return "end to end" if one.mean < other.mean else "layer by layer"

    def words(self, pattern: str = ".5f", factor: float = 1.0) -> Listing:
        """The numbers, multiplied by a factor, and what follows from them."""
        before, after = (
            [spread.text(pattern, factor) for spread in pair]
            for pair in (
                (self.end_to_end, self.layer_by_layer),
                (self.end_to_end_fine_tuned, self.layer_by_layer_fine_tuned),
            )
        )
        numbers = Text(
            "Held-out error after {budget} for each layer: end to end {end_to_end}, layer by layer {layer_by_layer}. "
            "After {tuning} of fine-tuning: end to end {together}, layer by layer {greedily}.",
            budget=epochs(self.budget),
            end_to_end=before[0],
            layer_by_layer=before[1],
            tuning=epochs(self.fine_tuning),
            together=after[0],
            greedily=after[1],
        )
        return listed([numbers, self._conclusion()], SPACE)

    def _conclusion(self) -> Text:
        count = self.end_to_end_fine_tuned.count
        if count < ENOUGH:
            return too_few(count)
        match self.better:
            case None:
                return Text(
                    "There is no clear difference: mean ± standard deviation of {count} runs overlap.", count=count
                )
            case "end to end":
                return Text(
                    "End to end was better: mean ± standard deviation of {count} runs do not overlap.", count=count
                )
            case "layer by layer":
                return Text(
                    "Layer by layer was better: mean ± standard deviation of {count} runs do not overlap.", count=count
                )


def verdict(found: Sequence[Compared]) -> Verdict:
    """Of at least one comparison."""

    def spread(values: Sequence[float]) -> Spread:
        made = spread_of(values)
        assert made is not None
        return made

    return Verdict(
        found[0].budget,
        found[0].fine_tuning,
        spread([one.end_to_end for one in found]),
        spread([one.layer_by_layer for one in found]),
        spread([one.end_to_end_fine_tuned for one in found]),
        spread([one.layer_by_layer_fine_tuned for one in found]),
    )


def too_few(count: int) -> Text:
    """Why so few runs are no answer."""
    return plural(
        "One run of each says nothing about which is better: with another seed it may be the other. Train with at "
        "least {enough} seeds.",
        "{count} runs of each are too few to say which is better. Train with at least {enough} seeds.",
        count,
        enough=ENOUGH,
    )


def best_of(found: Sequence[MeanPoint], label: Text | str, pattern: str = ".5f", factor: float = 1.0) -> Listing | None:
    """Which value of a sweep had the least held-out error, and which others cannot be told from it; errors are
    multiplied by a factor. None where there are not two to compare.
    """
    measured = [(one.held_out_error, one.value) for one in found if one.held_out_error is not None]
    if len(measured) < 2:
        return None
    least, best = min(measured, key=lambda one: one[0].mean)
    said = Text(
        "{label} {value:g} had the least held-out error: {error}.",
        label=label,
        value=best,
        error=least.text(pattern, factor),
    )
    count = min(error.count for error, _ in measured)
    if count < ENOUGH:
        return listed([said, too_few(count)], SPACE)
    alike = [f"{value:g}" for error, value in measured if value != best and not differ(error, least)]
    if not alike:
        rest = Text("All others are worse: their mean ± standard deviation does not overlap with this one.")
    else:
        rest = Text(
            "There is no clear difference to {values}: their mean ± standard deviation overlaps with this one.",
            values=listed(alike),
        )
    return listed([said, rest], SPACE)
