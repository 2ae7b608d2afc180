"""How many seeds a study is trained with: three unless that takes too long, or as many as the person says."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFormLayout

from aestudio.core.ground.texts import Text, plural, say
from aestudio.core.theory.seeds import USUAL
from aestudio.qt.widgets.layouts import count_box
from aestudio.studio.start import about
from aestudio.studio.studies.plans import seeds_that_fit

MOST = 100


class Seeds(QObject):
    """A box, and what stands in it while the person has not chosen."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        tip = say(
            "Every training is done with so many seeds: other first weights, another order of the images. Their mean "
            "and standard deviation are drawn; one run alone says nothing about which is better"
        )
        self.box = count_box(1, MOST, USUAL, say("Seeds"), tip, tracking=True)
        self._chosen, self._several = False, True
        self._note: Text | None = None
        self.box.valueChanged.connect(self._choose)

    def add_to(self, form: QFormLayout) -> None:
        form.addRow(say("Seeds"), self.box)

    def count(self) -> int:
        return self.box.value() if self._several else 1

    def allow_several(self, several: bool) -> None:
        """Whether other seeds make sense; not where the seed itself is what differs."""
        self._several = several
        self.box.setEnabled(several)

    def begin_anew(self) -> None:
        """Other settings: what was too long before may not be now."""
        if not self._chosen:
            self._offer(USUAL, None)

    def fit(self, seconds: float) -> bool:
        """Fewer, where so many take so long and the person has not chosen; whether there are fewer now."""
        count = self.box.value()
        fewer = seeds_that_fit(count, seconds)
        if self._chosen or not self._several or fewer == count:
            return False
        self._offer(
            fewer,
            plural(
                "{count} seed, because {wanted} would take {time}; you can choose more.",
                "{count} seeds, because {wanted} would take {time}; you can choose more.",
                fewer,
                wanted=count,
                time=about(seconds),
            ),
        )
        return True

    @property
    def note(self) -> Text | None:
        """Why there are fewer than usual."""
        return self._note

    def _offer(self, count: int, note: Text | None) -> None:
        self._note = note
        self.box.blockSignals(True)
        self.box.setValue(count)
        self.box.blockSignals(False)

    @Slot()
    def _choose(self) -> None:
        self._chosen, self._note = True, None
        self.changed.emit()
