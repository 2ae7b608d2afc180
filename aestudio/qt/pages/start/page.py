"""Start, what is seen first: every recipe as a card, what was done last, and the ways in. It needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from aestudio.core.ground.texts import say
from aestudio.core.run import recipes
from aestudio.qt import theme
from aestudio.qt.action import Action
from aestudio.qt.page import Page
from aestudio.qt.pages.start import Start
from aestudio.qt.pages.start.card import RecipeCard
from aestudio.qt.pages.start.recent import Recent
from aestudio.qt.widgets.basics import FlowLayout, TextButton, label
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.studio import recent
from aestudio.studio.start import estimates

if TYPE_CHECKING:
    from aestudio.studio.studio import Studio

SIDE = 248


class StartPage(Start, Page):
    """Recipe cards under their chapters, and beside them what was done last."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self.cards: dict[str, RecipeCard] = {}
        self._chapters: dict[str, FlowLayout] = {}
        self.recent = Recent()
        self.recent.run_chosen.connect(self._open_run)
        self.recent.path_chosen.connect(self.path_wanted)
        self.leave = TextButton(say("Skip"), say("Go to the page Explore (Esc)"), icon="sliders")
        self.leave.setObjectName("leaveStart")
        self.leave.clicked.connect(studio.want_document)
        self.tour = TextButton(say("Take the tour"), say("A few minutes, step by step, on the real window"))
        self.tour.clicked.connect(lambda: self.action_wanted.emit("tour"))
        title = label(say("Choose what to train"), "title")
        lead = label(
            say("A recipe brings its own pictures and all of its settings. Choose one, press Train and watch."),
            "muted",
            wrap=True,
        )
        top = in_row((in_column(title, lead, spacing=2), 1), self.tour, self.leave)
        inside = in_column(top, spacing=2 * theme.GRID)
        self._inside = in_column(spacing=2 * theme.GRID)
        self._deal()
        inside.addLayout(self._inside)
        inside.addStretch(1)
        inside.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
        in_row((_scrolled(inside), 1), self._side(), host=self, spacing=0)

    def _deal(self) -> None:
        """A card for each recipe that has none yet: the person may have saved one."""
        for chapter, found in recipes.chapters(recipes.everything().values()).items():
            for recipe in (one for one in found if one.name not in self.cards):
                if chapter not in self._chapters:
                    cards = QWidget()
                    self._chapters[chapter] = FlowLayout(cards, spacing=theme.GRID, level=True)
                    self._inside.addLayout(in_column(label(say(chapter), "heading"), cards))
                card = self.cards[recipe.name] = RecipeCard(recipe)
                card.clicked.connect(lambda _on=False, name=recipe.name: self.choose(name))
                self._chapters[chapter].addWidget(card)

    def _side(self) -> QWidget:
        own = label(
            say(
                "Drop pictures, a folder of pictures or a saved model anywhere on this window. A picture goes through "
                "the model, a folder is trained on."
            ),
            "caption",
            wrap=True,
        )
        network = label(
            say(
                "No recipe here needs the network. Only MNIST, Fashion-MNIST, KMNIST and CIFAR-10 are downloaded, "
                "once, when you choose them as data."
            ),
            "caption",
            wrap=True,
        )
        made = QFrame()
        made.setProperty("role", "card")
        made.setFixedWidth(SIDE)
        column = in_column(
            self.recent, label(say("Your own pictures"), "heading"), own, label(say("Without the network"), "heading"),
            network, 1, host=made, spacing=theme.GRID,
        )  # fmt: skip
        column.setContentsMargins(12, 12, 12, 12)
        around = QWidget()
        in_column((made, 1), host=around).setContentsMargins(0, theme.GRID, theme.GRID, theme.GRID)
        return around

    def actions_here(self) -> Sequence[Action]:
        return (Action("leaveStart", "&Leave the start page", self.studio.want_document, ("Esc",), "View", 23),)

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        super().showEvent(event)

    def refresh(self) -> None:
        """Looks again what was done last, and how long things take here."""
        self._deal()
        runs = self.studio.shelf.newest()
        known = estimates([card.recipe for card in self.cards.values()], runs)
        for name, card in self.cards.items():
            card.show_time(known.get(name))
        self.recent.show_all(runs, recent.used())

    def choose(self, name: str) -> None:
        """A recipe, and then the page where it is trained."""
        self.studio.when_ready(lambda: self.document.choose_recipe(name))
        self.studio.want_document()

    def _open_run(self, number: int) -> None:
        self.studio.when_ready(lambda: self.document.kept.open_run(number))
        self.studio.want_document()


def _scrolled(inside: QVBoxLayout) -> QScrollArea:
    body = QWidget()
    body.setProperty("role", "plain")
    body.setLayout(inside)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(body)
    area.setAccessibleName(say("Recipes"))
    return area
