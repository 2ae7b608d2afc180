"""Three numbers of a hidden layer at a glance, and new weights for its dead units."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from aestudio.core.ground.texts import plural, say
from aestudio.qt import theme
from aestudio.qt.widgets.basics import StatCard, TextButton
from aestudio.studio.inspect.vitals import Vitals


class VitalsBar(QWidget):
    """The numbers, and new weights for the dead units."""

    resample_asked = Signal(tuple)
    """tuple[int, …]: the units that shall be drawn anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dead: tuple[int, ...] = ()
        self._running = False
        self.dead = StatCard(say("Dead units"), say("Units that are active for no held-out image"))
        self.saturated = StatCard(
            say("Saturated"),
            say("Activations in the outer 5 % of their range, where the gradient is almost zero (Rifai 2011)"),
        )
        self.norm = StatCard(
            say("Mean ‖J‖"),
            say(
                "Frobenius norm of the Jacobian ∂h/∂x, averaged over held-out images: how strongly "
                "the code reacts to small changes"
            ),
        )
        self.resample = TextButton(say("Resample dead units"), "", icon="dice")
        self.resample.setObjectName("resampleButton")
        self.resample.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GRID)
        for widget in (self.dead, self.saturated, self.norm):
            row.addWidget(widget, 1)
        row.addStretch(0)
        row.addWidget(self.resample)
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the model."""
        self._dead = ()
        for card in (self.dead, self.saturated, self.norm):
            card.show_value("–")
        self._refresh()

    def show_vitals(self, found: Vitals) -> None:
        self._dead = found.dead
        self.dead.show_value(str(len(found.dead)), say("of {whole}", whole=found.units))
        if found.saturated is None:
            self.saturated.show_value("–", say("unbounded"))
        else:
            self.saturated.show_value(f"{100 * found.saturated:.1f} %")
        sign = "" if found.norm.method != "estimate" else "± " + f"{found.norm.error:.2g}"
        self.norm.show_value(f"{found.norm.mean:.3g}", sign)
        self._refresh()

    def set_running(self, running: bool) -> None:
        """Whether a training goes on: only then can units be drawn anew."""
        self._running = running
        self._refresh()

    def _refresh(self) -> None:
        self.resample.setEnabled(bool(self._dead) and self._running)
        self.resample.setToolTip(
            say("No unit is dead")
            if not self._dead
            else str(
                plural(
                    "Give {count} dead unit new weights; the optimiser starts again for them",
                    "Give {count} dead units new weights; the optimiser starts again for them",
                    len(self._dead),
                )
            )
            if self._running
            else say("Units get new random weights only while a training runs: press Train or Continue first")
        )

    @Slot()
    def _ask(self) -> None:
        self.resample_asked.emit(self._dead)
