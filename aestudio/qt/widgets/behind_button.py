"""How many chosen runs are drawn behind the losses, as a button that takes them off."""

from __future__ import annotations

from collections.abc import Sequence

from aestudio.core.ground.texts import plural, say
from aestudio.qt.widgets.basics import TextButton


class BehindButton(TextButton):
    """Not seen where there are none."""

    def __init__(self) -> None:
        super().__init__("", "", role="quiet", icon="close")
        self.setObjectName("behindButton")
        self.hide()

    def show_numbers(self, numbers: Sequence[int]) -> None:
        """These runs are drawn behind."""
        self.setText(str(plural("{count} run behind", "{count} runs behind", len(numbers))))
        which = " ".join(f"#{number}" for number in numbers)
        tip = say("Drawn behind: {runs}. Press to take them off", runs=which)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setVisible(bool(numbers))
