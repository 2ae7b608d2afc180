"""One side of a comparison: its name, its step and score, its images, activations and code."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from aestudio.core.ground.texts import DOT, Text, listed, say
from aestudio.core.run.events import Evaluated, Preview
from aestudio.qt import theme
from aestudio.qt.pages.explore.both_losses import colour_of
from aestudio.qt.pages.explore.model_reader import ModelReader
from aestudio.qt.widgets.activation_histogram import ActivationHistogram
from aestudio.qt.widgets.basics import TextButton
from aestudio.qt.widgets.elided import OneLine
from aestudio.qt.widgets.image_panes import ImagePanes
from aestudio.qt.widgets.latent_sliders import LatentSliders
from aestudio.qt.widgets.layouts import in_row
from aestudio.studio.document import Document
from aestudio.studio.events import CurvesShown, MomentShown, StatusChanged, Told
from aestudio.studio.words import scored


class SideHeader(theme.Themed, QFrame):
    """Its colour in the plot, what it is called, and a button that shows its settings."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place
        self.setProperty("role", "card")
        self.swatch, self.name, self.state = QLabel(), OneLine("", "heading"), OneLine("", "caption")
        self.swatch.setFixedSize(theme.px(14), theme.px(14))
        self.settings = TextButton(
            say("Settings"), say("Show and change the settings of this side (F3 goes to the other)"), icon="sliders"
        )
        self.settings.setCheckable(True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.state)
        in_row(self.swatch, (words, 1), self.settings, host=self).setContentsMargins(8, 6, 8, 6)
        self.restyle()

    def restyle(self) -> None:
        self.swatch.setPixmap(theme.pixmap("swatch", 12, colour_of(self._place), self.devicePixelRatioF()))


class Side(QObject):
    """Four widgets that one document is read into: `header`, `panes`, `histogram` and `sliders`."""

    chosen = Signal()
    """The settings of this side are to be shown."""

    def __init__(self, place: int, parent: QObject) -> None:
        """`place` is 0 at the left and 1 at the right."""
        super().__init__(parent)
        self.header = SideHeader(place)
        self.panes, self.histogram, self.sliders = ImagePanes(), ActivationHistogram(), LatentSliders()
        self._reader = ModelReader(self.panes, self.histogram, self.sliders)
        self._document: Document
        self.header.settings.clicked.connect(lambda _on: self.chosen.emit())

    def attach(self, document: Document) -> None:
        """What is to be seen of this document from now on."""
        self._document = document
        self._reader.attach(document)
        if document.preview is None and not document.status.running:
            document.shown.show_samples()
        self._say_state()

    def read(self, event: Told) -> None:
        """Something has become of the document."""
        self._reader.read(event)
        match event:
            case Preview() | Evaluated() | StatusChanged() | MomentShown() | CurvesShown():
                self._say_state()

    def shut(self, seconds: float) -> bool:
        """Stops what goes on in the background; False where it would not stop in time."""
        closed = [self.sliders.random.close_down(seconds), self._reader.close_down(seconds)]
        return all(closed)

    def show_name(self, name: str, *, chosen: bool) -> None:
        """What tells it apart from the other, and whether its settings are shown."""
        self.header.name.setText(name)
        self.header.settings.setChecked(chosen)

    def say_again(self) -> None:
        """In the language that is spoken now."""
        self._say_state()
        self.histogram.say_again()

    def _say_state(self) -> None:
        document, said = self._document, list[Text]()
        if (step := document.timeline.step) is not None:
            said = [Text("step {step:,}", step=step)]
            if found := document.shown.scores:
                said.append(scored(found))
            elif (last := document.shown.scored_until(step)) is not None:
                said.append(Text("{score} at step {step:,}", score=scored(last.scores), step=last.step))
        if not said:
            said.append(document.status.state.value)
        self.header.state.setText(str(listed(said, DOT)))

    def link(self, other: Side) -> None:
        """The place, sample, axes and units that a person looks at on this side are looked at on the other too."""
        self.panes.view_changed.connect(other.panes.set_view)
        self.panes.pointed.connect(other.panes.show_spot)
        self.panes.selection_changed.connect(other.panes.select)
        self.panes.tried_closed.connect(other.panes.close_tried)
        self.panes.difference_button.toggled.connect(other.panes.set_difference_visible)
        self.histogram.share_axes(other.histogram)
        self.sliders.maps.toggled.connect(other.sliders.maps.setChecked)  # so that a number is the same unit at both
        self.sliders.unit_moved.connect(other.sliders.follow)
        self.sliders.was_reset.connect(other.sliders.reset_too)
        self.sliders.random.drawn.connect(other.sliders.put)
