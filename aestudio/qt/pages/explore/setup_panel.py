"""The left side of Explore: what to train, on what, with which settings, and the buttons that do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.data.dataset import Dataset
from aestudio.core.data.paths import data_of_kind
from aestudio.core.data.source import Data
from aestudio.core.ground.texts import Text, say
from aestudio.core.parts.slots import options, validated
from aestudio.core.run import recipes
from aestudio.core.run.run import FAMILIES, Run
from aestudio.qt import theme
from aestudio.qt.document_actions import training_actions
from aestudio.qt.forms import RunForm, SlotForm
from aestudio.qt.pages.explore.recipe_chooser import RecipeChooser
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.qt.widgets.basics import IconButton, Segmented, in_one_line, label
from aestudio.qt.widgets.collapsible import Section
from aestudio.qt.widgets.elided import ElidedButton, ElidedCombo
from aestudio.qt.widgets.layouts import tab_as_seen
from aestudio.qt.widgets.left_out import LeftOut
from aestudio.studio.document import Document
from aestudio.studio.events import DataChanged, Loading, RunChanged, StatusChanged, Told
from aestudio.studio.remarks import fitted_settings, trained_on
from aestudio.studio.status import State, Status
from aestudio.studio.studio import Studio

LEAST = 276
"""Pixels; a window of the usual size gives more."""


class SetupPanel(QWidget):
    """Shows the document's settings and sends what the person changes; it keeps nothing of its own."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._data_form: SlotForm | None = None
        self.setMinimumWidth(theme.px(LEAST))
        self.setMaximumWidth(420)

        self.recipe = RecipeChooser(studio.shelf.newest)
        self.recipe.activated.connect(self._choose_recipe)

        self._next = ""
        self.next = ElidedButton(role="line", icon="continue")
        self.next.setObjectName("nextRecipe")
        self.next.clicked.connect(self._choose_next)

        self.changed = IconButton("reset", say("This recipe has been changed: undo the changes"))
        self.changed.clicked.connect(self._undo_changes)
        keeps_room = self.changed.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # else all below it would move at the first live change
        self.changed.setSizePolicy(keeps_room)

        self.data = ElidedCombo()
        self.data.setToolTip(say("Where the images come from. Drop a folder on the window to use your own."))
        self.data.setObjectName("dataChooser")
        self.data.setAccessibleName(say("Data"))
        self.data.setMaxVisibleItems(20)
        for kind, source in options(Data).items():
            self.data.addItem(say(source.title), kind)
            self.data.setItemData(self.data.count() - 1, say(source.about), Qt.ItemDataRole.ToolTipRole)
        self.data.activated.connect(self._choose_data)
        for combo in (self.recipe, self.data):  # a long title must not widen the panel
            combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

        self.about_data = label("", "caption", wrap=True)
        self.fitted = label("", "caption", wrap=True)
        self.fitted.setObjectName("fittedEpochs")
        self.fitted.hide()
        self.made = label("", "caption", wrap=True)
        self.made.setObjectName("madeOfFiles")
        self.made.hide()
        self.skipped = LeftOut()
        self._dataset: Dataset | None = None

        self.bar = QProgressBar()
        self.bar.setAccessibleName(say("Loading"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(theme.px(6))
        self.cancel = IconButton("close", say("Cancel loading"))
        self.cancel.clicked.connect(self._cancel_loading)
        self._loading = QWidget()
        row = QHBoxLayout(self._loading)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self._loading.hide()

        self.explanation = label("", "muted", wrap=True)
        self.explanation.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        shown = [family for family in FAMILIES.values() if family.form_place]
        self.trained_on = label("", "muted", wrap=True)
        self.trained_on.setObjectName("trainedOn")
        self.form = RunForm(sorted(shown, key=lambda family: family.form_place))
        self.form.path_changed.connect(self._set_value)
        self._data_section = Section(say("Data settings"), QWidget(), is_open=False)
        scroll = self._scrolled()

        self.problem = label("", "", wrap=True)
        self.problem.setObjectName("problem")
        self.problem.setProperty("role", "error")
        self.problem.hide()
        train, go_on, pause, step, stop = training_actions(studio, self)
        self.train = ActionButton(train, role="primary")
        self.pause = ActionButton(pause, say("Pause"))
        self.go_on, self.step, self.stop = ActionButton(go_on), ActionButton(step), ActionButton(stop)

        self.sides = Segmented(
            (
                (say("Left"), say("Show the settings of the left side")),
                (say("Right"), say("Show the settings of the right side")),
            ),
            say("Settings of"),
        )
        self.sides.hide()
        self.sides.changed.connect(self._go_across)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.sides)
        column.addWidget(self._choosers())
        column.addWidget(scroll, 1)
        column.addWidget(self.problem)
        column.addLayout(self._buttons())

    @property
    def _document(self) -> Document:
        return self._studio.document

    def _go_across(self, place: int) -> None:
        if self._studio.comparison is not None:
            self._studio.show(self._studio.comparison.sides[place])

    def refresh(self) -> None:
        """Something may be possible now that was not, or no longer; of the other side of a comparison too."""
        self._show_status(self._document.status)

    def attach(self, document: Document) -> None:
        """Shows another document."""
        comparison = self._studio.comparison
        self.sides.setVisible(comparison is not None)
        if comparison is not None and document in comparison.sides:
            with QSignalBlocker(self.sides):
                self.sides.choose(comparison.sides.index(document))
        self._show_run(document.run)
        self._show_status(document.status)
        self._show_dataset(document.dataset)

    def read(self, event: Told) -> None:
        """Something has become of the document."""
        match event:
            case RunChanged(run):
                self._show_run(run)
            case StatusChanged(status):
                self._show_status(status)
            case DataChanged(dataset):
                self._show_dataset(dataset)
            case Loading(doing, fraction):
                self._show_loading(doing, fraction)

    # -- layout ---------------------------------------------------

    def _choosers(self) -> QWidget:
        card = QFrame()
        card.setProperty("role", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        heading = QHBoxLayout()
        heading.addWidget(label(say("Recipe"), "heading"), 1)
        heading.addWidget(self.changed)
        column.addLayout(heading)
        column.addWidget(self.recipe)
        column.addSpacing(2)
        column.addWidget(label(say("Data"), "heading"))
        column.addWidget(self.data)
        column.addSpacing(2)
        column.addWidget(self.about_data)
        column.addWidget(self.made)
        column.addWidget(self.fitted)
        column.addWidget(self._loading)
        column.addWidget(self.skipped, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _scrolled(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("role", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, theme.GRID, 0, theme.GRID)
        column.setSpacing(0)
        about = QVBoxLayout()
        about.setContentsMargins(12, 0, 12, theme.GRID)
        about.setSpacing(theme.GRID)
        about.addWidget(self.explanation)
        about.addWidget(self.trained_on)
        about.addWidget(self.next)
        live = label(say("● marks what can be changed while training"), "strong", wrap=True)
        about.addWidget(live)
        column.addLayout(about)
        data = QVBoxLayout()
        data.setContentsMargins(theme.GRID, 0, theme.GRID, 0)
        data.addWidget(self._data_section)
        column.addLayout(data)
        column.addWidget(self.form)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setAccessibleName(say("Settings"))
        card = QFrame()
        card.setProperty("role", "card")
        around = QVBoxLayout(card)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(area)
        return card

    def _buttons(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(6)
        top = QHBoxLayout()
        top.setSpacing(6)
        for button in (self.train, self.go_on):
            button.setMinimumHeight(theme.px(34))
            top.addWidget(button, 1)
        rows.addLayout(top)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.pause, self.step, self.stop):
            row.addWidget(button, 1)
        rows.addLayout(row)
        return rows

    # -- what the person does ---------------------------------------------------

    def _choose_recipe(self, index: int) -> None:
        self._document.choose_recipe(self.recipe.itemData(index))

    def _choose_data(self, index: int) -> None:
        kind = self.data.itemData(index)
        if "path" not in options(Data)[kind].model_fields:
            self._document.choose_data(validated(Data, {"kind": kind}))
        elif path := self.ask_for_path(kind):
            self._document.choose_data(data_of_kind(kind, path))
        else:
            self._show_run(self._document.run)

    def ask_for_path(self, kind: str) -> str:
        """The path that a person picks for a source of their own; empty where they think better of it."""
        title = say(options(Data)[kind].title)
        if kind == "npz":
            return QFileDialog.getOpenFileName(self, title, str(Path.home()), say("NumPy arrays (*.npz *.npy)"))[0]
        return QFileDialog.getExistingDirectory(self, title, str(Path.home()))

    def _undo_changes(self) -> None:
        self._document.set_run(self._document.settings.origin)

    def _cancel_loading(self) -> None:
        self._document.cancel_loading()

    def _set_value(self, path: str, value: Any) -> None:
        self._document.set_value(path, value)

    def _change_data(self, name: str, value: Any) -> None:
        self._document.set_value(f"data.{name}", value)

    # -- what is shown ---------------------------------------------------

    def _show_run(self, run: Run) -> None:
        self.form.set_run(run)
        self.recipe.show_title(run.title)
        self._show_next(run.title)
        self.changed.setVisible(run != self._document.settings.origin)
        with QSignalBlocker(self.data):
            self.data.setCurrentIndex(self.data.findData(run.data.kind))
        self.fitted.setText(fitted_settings(self._document))
        self.fitted.setVisible(bool(self.fitted.text()))
        self.explanation.setText(in_one_line(say(run.explanation.strip())))
        self.explanation.setToolTip(run.citation)
        self.explanation.setVisible(bool(run.explanation))
        self._show_trained_on()
        if self._data_form is None or self._data_form.kind is not type(run.data):
            self._build_data_form(type(run.data))
        if self._data_form is not None:
            self._data_form.set_values(run.data)
        tab_as_seen(self)

    def _show_next(self, title: str) -> None:
        known = recipes.everything()
        recipe = next((one for one in known.values() if one.title == title), None)
        after = known.get(recipe.next) if recipe is not None else None
        self._next = after.name if after is not None else ""
        self.next.setVisible(after is not None)
        if after is not None:
            self.next.show_text(say("Next to try: {title}", title=Text(after.title)), say(after.summary))

    def _choose_next(self) -> None:
        self._document.choose_recipe(self._next)

    def _build_data_form(self, kind: type[Data]) -> None:
        self._data_form = SlotForm(kind)
        self._data_form.changed.connect(self._change_data)
        self._data_form.set_training(self._document.status.running)
        body = self._data_section.body
        if body.layout() is None:
            inside = QVBoxLayout(body)
            inside.setContentsMargins(24, 2, 4, 10)
        layout = body.layout()
        if layout is not None:
            while (old := layout.takeAt(0)) is not None:
                if (gone := old.widget()) is not None:
                    gone.hide()
                    gone.deleteLater()
            layout.addWidget(self._data_form)

    def _show_status(self, status: Status) -> None:
        if status.running and self.train.hasFocus():  # else Qt moves the focus into the form, and scrolls it there
            self.pause.setEnabled(True)
            self.pause.setFocus()
        for button in (self.train, self.go_on, self.pause, self.step, self.stop):
            button.refresh()
        self.pause.setText(say("Resume") if status.state is State.PAUSED else say("Pause"))
        again = status.trained and not status.running
        self.train.setText(
            say("{doing}…", doing=status.state.value)
            if status.running
            else say("Start again")
            if again
            else say("Train")
        )
        for widget in (self.recipe, self.data, self.changed, self.next):
            widget.setEnabled(not status.running)
        self.form.set_training(status.running)
        if self._data_form is not None:
            self._data_form.set_training(status.running)
        self.problem.setText(status.problem)
        self.problem.setVisible(bool(status.problem))
        self._loading.setVisible(status.state is State.LOADING)

    def _show_trained_on(self) -> None:
        self.trained_on.setText(trained_on(self._document))
        self.trained_on.setVisible(bool(self.trained_on.text()))

    def _show_dataset(self, dataset: Dataset | None) -> None:
        self._dataset = dataset
        self._show_trained_on()
        self.made.setText("" if dataset is None or dataset.made is None else str(dataset.made))
        self.made.setVisible(bool(self.made.text()))
        if dataset is None:
            self.about_data.setText("")
            self.skipped.show_reasons([])
            return
        channels, height, width = dataset.shape
        self.about_data.setText(
            say(
                "{train:,} points for training · {held_out:,} held out"
                if channels * height * width == 2
                else "{train:,} for training · {held_out:,} held out · {height}×{width} colour"
                if channels == 3
                else "{train:,} for training · {held_out:,} held out · {height}×{width} grey",
                train=len(dataset.train),
                held_out=len(dataset.held_out),
                height=height,
                width=width,
            )
        )
        self.skipped.show_reasons([f"{one.path}: {one.reason}" for one in dataset.skipped])

    def _show_loading(self, doing: str, fraction: float) -> None:
        self.bar.setRange(0, 0 if fraction < 0 else 1000)
        self.bar.setValue(round(fraction * 1000))
        self.about_data.setText(doing)
