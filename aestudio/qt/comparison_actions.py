"""Two runs beside each other: a copy of the one that is shown, the other side, and back to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aestudio.core.ground.texts import say
from aestudio.qt.action import Action

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio


def comparison_actions(studio: Studio) -> tuple[Action, ...]:
    """Compare with a copy, go to the other side, and close the comparison."""

    def compared() -> bool:
        return studio.comparison is not None

    def compare() -> None:
        studio.want_document()
        studio.compare()

    def go_across() -> None:
        if studio.comparison is not None:
            studio.show(studio.comparison.other(studio.document))

    def why_no_copy() -> str:
        return say("Two runs are compared already: close the comparison first") if compared() else ""

    def why_not_compared() -> str:
        return "" if compared() else say("No two runs are compared now")

    return (
        Action(
            "compare", "Compare with a c&opy", compare, ("Ctrl+Shift+C",), "Training", 70, icon="columns",
            tip="Puts a copy of these settings beside them: change one thing, and train both on the same images",
            possible=lambda: studio.status is not None, why_not=why_no_copy,
        ),
        Action(
            "otherSide", "O&ther side", go_across, ("F3",), "Training", 71,
            tip="Show the settings of the other side of the comparison", possible=compared, why_not=why_not_compared,
        ),
        Action(
            "closeComparison", "C&lose the comparison", studio.end_comparison, ("Ctrl+Shift+W",), "Training", 72,
            icon="close", tip="Go on with the left side alone; the right one stays on the Runs page",
            possible=compared, why_not=why_not_compared,
        ),
    )  # fmt: skip
