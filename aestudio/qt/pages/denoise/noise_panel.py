"""Known noise for a clean picture, and a clean picture for a noisy one: what scores need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import validated
from aestudio.qt.forms import FamilyForm
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.layouts import in_column, in_row

if TYPE_CHECKING:
    from aestudio.core.parts.families.corruption import Corruption

FIRST = 0.1
"""The σ that is offered at first."""


class NoisePanel(QWidget):
    """A corruption with its knobs, and the buttons for noise and for a reference. The knobs come with `furnish`: the
    family of corruptions takes torch.
    """

    add_asked = Signal(object)
    """Add this Corruption."""
    remove_asked = Signal()
    reference_asked = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._corruption: Corruption | None = None
        self.add = TextButton(
            say("Add noise"), say("Add noise to this picture; the picture as it is now becomes the reference")
        )
        self.remove = TextButton(say("Remove it"), say("The picture as it was before noise was added"), icon="undo")
        self.reference = TextButton(
            say("Reference…"), say("Choose a file that shows the same picture without noise"), icon="image"
        )
        self.said = label("", "caption", wrap=True)
        self.said.setObjectName("referenceSaid")
        buttons = in_row(self.add, self.remove, spacing=-1)
        self._column = in_column(buttons, self.reference, self.said, host=self)
        self.add.clicked.connect(lambda: self.add_asked.emit(self.corruption))
        self.remove.clicked.connect(self.remove_asked)
        self.reference.clicked.connect(self.reference_asked)

    def furnish(self) -> None:
        """Makes the form, where it is not there yet."""
        if self._corruption is not None:
            return
        from aestudio.core.parts.corruptions.gaussian import GaussianNoise
        from aestudio.core.parts.families.corruption import Corruption

        self.form = FamilyForm(say("Noise"), Corruption, of_255=True)
        self.form.changed.connect(self._change)
        self._column.insertWidget(0, self.form)
        self.set_corruption(GaussianNoise(sigma=FIRST))

    @property
    def corruption(self) -> Corruption:
        self.furnish()
        assert self._corruption is not None
        return self._corruption

    def set_corruption(self, corruption: Corruption) -> None:
        """Another one, with its settings."""
        self._corruption = corruption
        self.form.set_slot(corruption)

    def show_state(self, *, has_picture: bool, noise: str, has_reference: bool) -> None:
        """What can be done, and what is known of the chosen picture."""
        self.add.setEnabled(has_picture)
        self.remove.setEnabled(bool(noise))
        self.reference.setEnabled(has_picture)
        if noise:
            self.said.setText(say("Added: {noise}. The clean picture is the reference for PSNR and SSIM.", noise=noise))
        elif has_reference:
            self.said.setText(say("A reference is there: results are scored against it."))
        else:
            self.said.setText(
                say("Without a reference there are no scores: add noise to a clean picture, or choose one.")
            )

    @Slot(str, object)
    def _change(self, name: str, value: Any) -> None:
        from aestudio.core.parts.families.corruption import Corruption

        try:
            settings = value if not name else self.corruption.model_dump() | {name: value}
            self._corruption = validated(Corruption, settings)
        except RunError as error:
            self.refused.emit(str(error))
        self.form.set_slot(self.corruption)
