"""What the page Denoise is made of, and where it stands; the page says what it does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.denoise.picture import Picture
from aestudio.qt import theme
from aestudio.qt.denoise.drag_grip import DragGrip
from aestudio.qt.denoise.noise_panel import NoisePanel
from aestudio.qt.denoise.picture_list import PictureList
from aestudio.qt.denoise.results_table import ResultsTable
from aestudio.qt.denoise.viewer import Viewer
from aestudio.qt.denoise.ways_panel import WaysPanel
from aestudio.qt.widgets.basics import TextButton, card, hint, label
from aestudio.qt.widgets.collapsible import Section
from aestudio.qt.widgets.left_out import LeftOut

LEFT = 372
"""Width in pixels of the settings."""


class DenoiseLayout(QWidget):
    """Pictures and settings at the left, what is seen and what was found at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = PictureList()
        self.ways = WaysPanel()
        self.noise = NoisePanel()
        self.viewer = Viewer()
        self.left_out = LeftOut()
        self.table = ResultsTable()
        self.grip = DragGrip(self.result)
        self._make_buttons()
        self._lay_out()

    def result(self) -> Picture:
        """What is to be dragged out. Raises: DenoiseError where there is nothing."""
        raise NotImplementedError

    def _make_buttons(self) -> None:
        self.open = TextButton("Open…", "Open pictures (Ctrl+O); or drop them anywhere on this page", icon="open")
        self.folder = TextButton("Folder…", "Open all pictures of a folder", icon="folder")
        self.sample = TextButton("Sample", "A sample photograph with noise added", icon="image")
        self.first_open = TextButton("Open pictures…", "Choose one or many", role="primary", icon="open")
        self.first_sample = TextButton("Try a sample", "A sample photograph with noise added", icon="image")
        self.clean = TextButton(
            "Clean", "Clean the picture, or the region that is drawn (F9)", role="primary", icon="play"
        )
        self.clean.setShortcut("F9")
        self.cancel = TextButton("Cancel", "Give up what is being done", icon="stop")
        self.compare = TextButton("Compare all", "Run every way on this picture and rank them", icon="chart")
        self.batch = TextButton("Batch…", "Clean a whole folder with this way", icon="folder")
        self.save = TextButton("Save", "Save the result beside the original, which stays as it is", icon="save")
        self.save_as = TextButton("Save as…", "Save the result where you want it", icon="save")
        self.copy = TextButton("Copy", "Copy the result to the clipboard", icon="copy")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Progress of the cleaning")
        self.said = label("", "caption", wrap=True)
        self.said.setObjectName("denoiseSaid")

    def _lay_out(self) -> None:
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.addWidget(card(self._left(), 0))
        self.stack = QStackedWidget()
        self.stack.addWidget(card(self._invitation()))
        self.stack.addWidget(self._right())
        self.across.addWidget(self.stack)
        self.across.setStretchFactor(1, 1)
        self.across.setSizes([LEFT, 900])
        self.across.setHandleWidth(theme.GRID)
        self.across.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.addWidget(self.across)

    def _left(self) -> QWidget:
        self.list.setMinimumHeight(96)
        self.list.setMaximumHeight(150)
        inside = QWidget()
        inside.setProperty("role", "plain")
        settings = QVBoxLayout(inside)
        settings.setContentsMargins(12, 12, 12, 12)
        settings.setSpacing(theme.GRID)
        opening = QHBoxLayout()
        opening.setSpacing(theme.GRID)
        for button in (self.open, self.folder, self.sample):
            opening.addWidget(button, 1)
        settings.addLayout(opening)
        settings.addWidget(self.list)
        settings.addWidget(self.left_out, 0, Qt.AlignmentFlag.AlignLeft)
        settings.addWidget(label("Way", "title"))
        settings.addWidget(self.ways)
        self.noise_section = Section("Known noise and reference", self.noise, is_open=False)
        settings.addWidget(self.noise_section)
        settings.addStretch(1)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scrolled.setWidget(inside)
        scrolled.setMinimumWidth(LEFT - 12)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scrolled, 1)
        below = QVBoxLayout()
        below.setContentsMargins(12, theme.GRID, 12, 12)
        below.setSpacing(theme.GRID)
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(theme.GRID)
        first.addWidget(self.clean, 1)
        first.addWidget(self.cancel)
        second.addWidget(self.compare, 1)
        second.addWidget(self.batch)
        below.addLayout(first)
        below.addLayout(second)
        below.addWidget(self.bar)
        below.addWidget(self.said)
        column.addLayout(below)
        return whole

    def _invitation(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.addStretch(1)
        column.addWidget(hint("Drop pictures or a folder here, paste one, or open them: any size, 8 or 16 bits."))
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.first_open)
        row.addWidget(self.first_sample)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        return made

    def _right(self) -> QWidget:
        keeping = QHBoxLayout()
        keeping.setSpacing(theme.GRID)
        for button in (self.save, self.save_as, self.copy, self.grip):
            keeping.addWidget(button)
        keeping.addStretch(1)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addLayout(keeping)
        down = QSplitter(Qt.Orientation.Vertical)
        down.addWidget(card(self.viewer))
        down.addWidget(card(below))
        down.setStretchFactor(0, 1)
        down.setSizes([450, 260])
        down.setHandleWidth(theme.GRID)
        down.setChildrenCollapsible(False)
        return down
