"""What a person is told in the bar over the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from aestudio.core.ground.journal import LOG
from aestudio.qt.widgets.notice_bar import NoticeBar
from aestudio.studio.notice import Failed, Noted, Offered

if TYPE_CHECKING:
    from aestudio.studio.events import Notice


class Notices(QObject):
    """Shows what is told."""

    def __init__(self, bar: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._offer: Offered | None = None
        bar.acted.connect(self._accept)

    def show(self, notice: Notice) -> None:
        """In the place of what was shown before."""
        self._offer = None
        match notice:
            case Failed(sentence):
                LOG.warning("%s", sentence)
                self._bar.show_error(sentence)
            case Noted(sentence):
                self._bar.show_info(sentence)
            case Offered(sentence, words):
                self._offer = notice
                (self._bar.show_warning if notice.warns else self._bar.show_info)(sentence, words)
            case _:  # Warned, which is imported with all other events
                LOG.warning("%s", notice.sentence)
                self._bar.show_warning(notice.sentence)

    @Slot()
    def _accept(self) -> None:
        offer, self._offer = self._offer, None
        if offer is not None:
            offer.accept()
