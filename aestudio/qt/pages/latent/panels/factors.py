"""Factors: which unit stands for which known factor of the images, and four scores of disentangling."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import Text, say
from aestudio.core.latent.factors import SCORES, Factors, Score, factors, principal_components, untrained
from aestudio.core.probes.disentangling.known import has_factors
from aestudio.qt.pages.latent.naming import factor_name
from aestudio.qt.panel import Measure, Panel
from aestudio.qt.widgets.basics import FlowLayout, Segmented, StatCard, label
from aestudio.qt.widgets.matrix_view import MatrixView
from aestudio.studio.code_units import CodeUnits
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.observer import aside
from aestudio.studio.latent.encoded import data_of

TITLES: dict[Score, tuple[Text, Text]] = {
    "mig": (
        Text("Mutual information gap"),
        Text("How much more the best unit tells of a factor than the second best, where 1 is all and 0 is chance"),
    ),
    "sap": (
        Text("SAP"),
        Text("How much better the best unit alone predicts a factor than the second best"),
    ),
    "dci": (
        Text("DCI disentanglement"),
        Text("Whether each unit matters for one factor only, by the importances of random forests"),
    ),
    "factor_vae": (
        Text("FactorVAE score"),
        Text("How often the unit that stands still, while a factor does, tells which factor that was"),
    ),
}


@dataclass(frozen=True, eq=False)
class Compared:
    """A model's code beside codes that have learned nothing of these factors."""

    model: Factors
    components: Factors
    untrained: Factors

    @property
    def all(self) -> tuple[Factors, Factors, Factors]:
        return self.model, self.components, self.untrained


class FactorsPanel(Panel):
    """The matrix with the four scores above it; each score beside those of principal components and of the untrained
    network.
    """

    title: ClassVar[str] = "Factors"
    tip: ClassVar[str] = "Which unit stands for which known factor of drawn images, and how well factors are kept apart"
    rank: ClassVar[int] = 7

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Compared | None = None
        self._units = CodeUnits((0,))
        self._known: tuple[Hashable, Factors, Factors] | None = None
        self.whose = Segmented(
            [
                (say("This model"), say("The code of the model")),
                (say("Principal components"), say("As many principal components of the training images")),
                (say("Untrained"), say("The same network with the weights that a training begins with")),
            ],
            say("Whose code"),
        )
        self.cards = {score: StatCard(str(title), str(tip)) for score, (title, tip) in TITLES.items()}
        self.matrix = MatrixView(say("Factors and units appear here"), name=say("What each unit tells of each factor"))
        cards = QWidget()
        row = FlowLayout(cards, level=True)
        for card in self.cards.values():
            row.addWidget(card)
        self.reading = label("", "caption")
        self.setLayout(self.frame((self.whose,), cards, (self.matrix, 1), self.reading))
        self.matrix.read.connect(self.reading.setText)
        self.whose.changed.connect(self._draw)

    @classmethod
    def suits(cls, subject: Examined) -> bool:
        return subject.dataset is not None and has_factors(subject.dataset.held_out.images)

    def measure(self) -> Measure:
        def taken(subject: Examined, report: Report) -> Compared:
            dataset = data_of(subject)
            key = (subject.run.network, subject.run.code, subject.run.seed, subject.depth, id(dataset))
            if self._known is None or self._known[0] != key:
                with aside():
                    beside = (
                        principal_components(subject.model, dataset, report),
                        untrained(subject.model, dataset, report),
                    )
                self._known = (key, *beside)
            return Compared(factors(subject.model, dataset, report), *self._known[1:])

        return taken

    def show_found(self, found: Compared, subject: Examined) -> None:
        self._found, self._units = found, CodeUnits(subject.model.code_shape)
        for score in SCORES:
            own, components, fresh = (one.scores[score] for one in found.all)
            self.cards[score].show_value(
                f"{own:.2f}",
                say("PCA {components:.2f} · untrained {fresh:.2f}", components=components, fresh=fresh),
            )
        self.caption.setText(
            say(
                "Mutual information of factor and unit over {images:,} held-out images, adjusted for chance: 0 where "
                "the unit tells nothing of the factor, 1 where it tells all. The largest of each row is framed.",
                images=found.model.images,
            )
        )
        self._draw()

    def forget(self) -> None:
        self._found = None
        for card in self.cards.values():
            card.show_value("–")
        self.matrix.show_matrix(np.zeros((0, 0)), (), ())
        self.reading.setText("")
        self.caption.setText("")

    @Slot()
    def _draw(self) -> None:
        if self._found is None:
            return
        shown = self._found.all[self.whose.index()]
        names = [str(factor_name(name)) for name in shown.names]
        units = range(shown.matrix.shape[1])
        columns = [str(self._units.words(unit)) for unit in units]
        if self.whose.index() == 1:
            columns = [say("Component {number}", number=unit + 1) for unit in units]
        self.matrix.show_matrix(shown.matrix, names, columns)
