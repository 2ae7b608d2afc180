"""Reads what a document tells of its losses into the plot of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from PySide6.QtCore import QObject, Slot

from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.plan import layers_below
from aestudio.core.run.events import Changed, Evaluated, Finished, Progress, Started
from aestudio.core.run.history import Curves, events
from aestudio.core.run.run import Run
from aestudio.core.run.symbols import letter_of_code
from aestudio.core.run.words import title_of_term
from aestudio.qt.widgets.loss_plot import LossPlot
from aestudio.studio.changes import setting_name, short
from aestudio.studio.document import Document
from aestudio.studio.events import Told


class LossReader(QObject):
    """Terms, phases, changes, floors, and the run before. It knows in which phase the training is."""

    def __init__(self, plot: LossPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._document: Document
        self._phase = ""
        plot.before_wanted.connect(self.show_before)

    @property
    def layers_below(self) -> int:
        """How many layers lie below the one that is trained by itself."""
        return layers_below(self._phase)

    def attach(self, document: Document, pixels: int, *, again: bool = False) -> None:
        """What this document said, and tells from now on; the same one `again`, in another language, is looked at as
        before.
        """
        self._document = document
        with self._plot.looked_at_as_before() if again else nullcontext():
            self.show_history(document.shown.curves, pixels)

    def read(self, event: Told, pixels: int) -> bool:
        """`pixels` is how many numbers an image has. True where another phase begins."""
        match event:
            case Started():
                self._begin(event, pixels)
            case Progress():
                return self._add(event)
            case Evaluated(split="held-out"):
                self._plot.add_held_out(event.step, event.terms, event.weighted)
                self._show_floors(event.scores, pixels)
            case Changed():
                self._mark(event)
            case Finished():
                self._plot.refresh()
        return False

    def show_history(self, curves: Curves, pixels: int) -> None:
        """What a run said before: it goes on from there, or its model was opened."""
        if not len(curves.steps):
            self._plot.clear()
            if self._document.status.running:  # it has begun, and has not told a point yet
                self._phase = ""
                self._begin_terms(self._document.run, self._document.run.terms, pixels)
            return
        self._begin_terms(self._document.run, curves.names, pixels)
        if len(curves.phases) > 1:
            for first, name in curves.phases:
                self._plot.mark_phase(first, name)
        self._phase = curves.phases[-1][1]
        for event in events(curves):
            match event:
                case Progress():
                    self._plot.add_train(event.first_step, event.terms, event.weights)
                case Evaluated(split="held-out"):
                    self._plot.add_held_out(event.step, event.terms, event.weighted)
                case Changed():
                    self._mark(event)
        scored = curves.held_out()
        self._show_floors(scored[-1].scores if scored else {}, pixels)
        self._plot.refresh()

    def _begin(self, started: Started, pixels: int) -> None:
        self._phase = started.phases[0]
        self._begin_terms(started.run, started.run.terms, pixels)
        if len(started.phases) > 1:
            self._plot.mark_phase(0, self._phase)

    def _begin_terms(self, run: Run, names: Sequence[str], pixels: int) -> None:
        titles = {name: str(title_of_term(name)) for name in names}
        self._plot.begin(names, titles | {"reconstruction": say(run.loss.title)}, pixels)
        self.show_before(self._plot.wants_before())

    @Slot(bool)
    def show_before(self, wanted: bool) -> None:
        """The run before this one that has its name, or nothing."""
        document = self._document
        shelf, title, number = document.shelf, document.run.title, document.shown.number
        self._plot.set_before(shelf.curves_before(title, number) if wanted else None)

    def _add(self, progress: Progress) -> bool:
        fresh = progress.phase != self._phase
        if not self._phase:
            self._phase = progress.phase
        elif fresh:
            self._phase = progress.phase
            self._plot.mark_phase(progress.first_step, progress.phase)
            self._name()
        self._plot.add_train(progress.first_step, progress.terms, progress.weights)
        return fresh

    def _name(self) -> None:
        """A layer that is trained by itself has a loss of the code below it, and not of the image."""
        loss, below = Text(self._document.run.loss.title), self.layers_below
        code = letter_of_code(below)
        self._plot.entitle("reconstruction", say("{loss} of {code}", loss=loss, code=code) if below else str(loss))

    def _mark(self, changed: Changed) -> None:
        run = self._document.run
        for path, (before, after) in changed.values.items():
            self._plot.mark_change(changed.step, setting_name(run, path), short(before), short(after))

    def _show_floors(self, scores: Mapping[str, float], pixels: int) -> None:
        """Those of this model; what another had goes away."""
        left = scores.get("pca_floor") if self._document.run.loss.kind == "squared-l2" else None
        self._plot.floor(scores.get("floor"), say("least possible"))
        self._plot.floor(None if left is None else left * pixels, say("PCA"))
