"""Draws the tour: a frame around what is asked for and a bubble beside it. Neither is in the way of anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from aestudio.core.ground.texts import Text, say
from aestudio.qt.widgets.basics import TextButton, label
from aestudio.qt.widgets.frame import Frame
from aestudio.qt.widgets.layouts import in_column, in_row
from aestudio.studio.tour import Tour, TourFacts

if TYPE_CHECKING:
    from aestudio.qt.window import Window

LOOK_MS = 100
GAP, BUBBLE = 10, 300
OVER = Text(
    "That was the tour. Try another recipe, or read more under Help. The tour can be taken again from there and from "
    "the start page."
)


def beside(target: QRect, size: QSize, room: QRect) -> QPoint:
    """Where a bubble of this size stands: right, left, below or above the target, else in its lower right corner."""
    middle = target.center() - QRect(QPoint(), size).center()
    right, left = target.right() + GAP, target.left() - GAP - size.width()
    below, above = target.bottom() + GAP, target.top() - GAP - size.height()
    y = max(room.top() + GAP, min(middle.y(), room.bottom() - GAP - size.height()))
    x = max(room.left() + GAP, min(middle.x(), room.right() - GAP - size.width()))
    for place in (QPoint(right, y), QPoint(left, y), QPoint(x, below), QPoint(x, above)):
        if room.contains(QRect(place, size)):
            return place
    return QPoint(target.right() - GAP - size.width(), target.bottom() - GAP - size.height())


class TourGuide(QObject):
    """Walks a person through a window, as long as there is a step. Esc ends it."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self.tour = window, Tour(self._facts)
        self.frame, self.bubble = Frame(window), QFrame(window)
        self._brought: QWidget | None = None
        self.frame.setObjectName("tourFrame")
        self.bubble.setObjectName("tourBubble")
        self.bubble.setProperty("role", "bubble")
        self.bubble.setFixedWidth(BUBBLE)
        self.bubble.hide()
        self.count, self.text = label("", "caption"), label("", wrap=True)
        self.skip = TextButton(say("Skip this step"), say("Go on without doing it"))
        self.leave = TextButton(say("End the tour"), say("Leave the tour (Esc)"))
        self.skip.clicked.connect(self._skip)
        self.leave.clicked.connect(self.end)
        self._inside = inside = in_column(self.count, self.text, in_row(1, self.skip, self.leave), host=self.bubble)
        inside.setContentsMargins(14, 10, 14, 12)
        for button in (self.skip, self.leave):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # the focus stays where the person works
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self.look)

    @Slot()
    def begin(self) -> None:
        """From the first step on, however far the last tour came."""
        self.tour.begin()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._looking.start()
        self._show()

    @Slot()
    def end(self) -> None:
        """The window as it is without a tour."""
        self.tour.leave()
        self._looking.stop()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.frame.hide()
        self.bubble.hide()

    @Slot()
    def look(self) -> None:
        """Goes on where the step was done, and stays beside what is pointed at."""
        self.tour.look()
        self._show()

    @Slot()
    def _skip(self) -> None:
        self.tour.skip()
        self._show()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and event.type() in (
            QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress,
        ) and QApplication.activePopupWidget() is None:  # fmt: skip
            self.end()
            event.accept()
            return True
        return False

    def _facts(self) -> TourFacts:
        window = self._window
        return TourFacts.of(window.document, window.shown.name, sum(page.held for page in window.pages))

    def _pointed_at(self) -> tuple[QWidget | None, Text]:
        """The control of the step, or the button of the page where it is; and what is to be said."""
        step = self.tour.step
        if step is None:
            return None, OVER
        target = self._window.findChild(QWidget, step.target)
        if not step.page or (target is not None and target.isVisible()):
            return target, step.text
        title = next(page.title for page in self._window.pages if page.name == step.page)
        elsewhere = Text("The next step is on the page {page}: press here.", page=Text(title))
        return self._window.findChild(QWidget, f"{step.page}PageButton"), elsewhere

    def _bring(self, target: QWidget) -> None:
        """Scrolls to it, once: afterwards the person may look elsewhere."""
        if self._brought is target:
            return
        self._brought, around = target, target.parentWidget()
        while around is not None:
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(target)
            around = around.parentWidget()

    def _show(self) -> None:
        target, text = self._pointed_at()
        over = self.tour.over
        self.count.setText(
            "" if over else say("Step {number} of {count}", number=self.tour.number, count=self.tour.count)
        )
        self.count.setVisible(not over)
        self.text.setText(str(text))
        self.skip.setVisible(not over)
        self.leave.setText(say("Close") if over else say("End the tour"))
        room = self._window.rect()
        at = QRect(room.center(), QSize(1, 1))
        if target is not None:
            self._bring(target)
            at = self.frame.surround(target)
        self.frame.setVisible(target is not None)
        self.bubble.resize(BUBBLE, self._inside.heightForWidth(BUBBLE))
        self.bubble.move(beside(at, self.bubble.size(), room))
        self.bubble.show()
        for one in (self.frame, self.bubble):
            one.raise_()
