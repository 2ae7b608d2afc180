"""What the window remembers of a person from one time to the next."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from aestudio.core.cluster.address import ADDRESS
from aestudio.core.ground import folders
from aestudio.core.ground.cores import cores
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.ini import Ini
from aestudio.core.training.every import DEFAULT, Every
from aestudio.qt import speaking, theme
from aestudio.qt.display import display
from aestudio.qt.page import Page
from aestudio.qt.window_actions import choose_scale, choose_theme


class Left(NamedTuple):
    """What was open."""

    settings: str = ""
    """JSON; nothing where nothing was open."""
    number: int | None = None
    """The run of the library that was shown with them."""
    origin: str = ""
    """The recipe or model that the settings started from, JSON."""


class Habits:
    """Choices and places, in one settings file. What cannot be read there, or was edited to something that there is
    not, is as if it had never been chosen.
    """

    def __init__(self) -> None:
        self._settings = Ini(folders.settings())
        display().read(self._settings)
        with contextlib.suppress(StudioError):  # a catalogue that cannot be read: the language stays as it is
            if kept := self.language:
                speaking.use(speaking.preferred(kept))
        choose_scale()
        display().changed.connect(choose_scale)
        choose_theme(self._theme())  # while there is nothing yet that would have to be dressed again

    @property
    def language(self) -> str:
        """Its code; empty where the system's is taken."""
        return self._settings.value("language") or ""

    @language.setter
    def language(self, code: str) -> None:
        self._settings.keep("language", code)
        self._settings.save()

    @property
    def greets(self) -> bool:
        """Whether the person wants to be greeted when the program starts."""
        return self._settings.value("start/greets") != "no"

    @greets.setter
    def greets(self, wanted: bool) -> None:
        self._settings.keep("start/greets", "yes" if wanted else "no")

    @property
    def left_with(self) -> Left:
        """What was open when the window was closed; nothing where it never was."""
        return self._left("left")

    @left_with.setter
    def left_with(self, left: Left) -> None:
        self._leave("left", left)

    @property
    def left_beside(self) -> Left:
        """What was compared with it; nothing where nothing was."""
        return self._left("beside")

    @left_beside.setter
    def left_beside(self, beside: Left) -> None:
        self._leave("beside", beside)

    def _left(self, side: str) -> Left:
        number = self._settings.value(f"{side}/run") or ""
        settings, origin = (self._settings.data(f"{side}/{name}") or b"" for name in ("settings", "origin"))
        known = int(number) if number.isdecimal() else None
        return Left(settings.decode(errors="replace"), known, origin.decode(errors="replace"))

    def _leave(self, side: str, left: Left) -> None:
        self._settings.keep(f"{side}/settings", left.settings.encode())
        self._settings.keep(f"{side}/run", "" if left.number is None else left.number)
        self._settings.keep(f"{side}/origin", left.origin.encode())

    @property
    def every(self) -> Every:
        """How often a training is kept."""
        try:
            return Every.from_text(self._settings.value("checkpoint/every") or "30s")
        except StudioError:
            return DEFAULT

    @every.setter
    def every(self, every: Every) -> None:
        self._settings.keep("checkpoint/every", every.text())

    @property
    def scheduler(self) -> str:
        """Of the cluster that work is spread over; empty for none."""
        kept = self._settings.value("cluster/scheduler") or ""
        return kept if not kept or ADDRESS.fullmatch(kept) else ""

    @scheduler.setter
    def scheduler(self, address: str) -> None:
        self._settings.keep("cluster/scheduler", address)

    @property
    def jobs(self) -> int:
        """Runs of a study that train at the same time on this machine."""
        kept = self._settings.value("studies/jobs") or ""
        return max(1, min(int(kept), cores())) if kept.isdecimal() else 1

    @jobs.setter
    def jobs(self, count: int) -> None:
        self._settings.keep("studies/jobs", str(count))

    def furnish(self, page: Page) -> None:
        """A page as it was left."""
        page.recall(lambda name: self._settings.value(f"{page.name}/{name}"))
        for name, splitter in page.splitters().items():
            if (kept := self._settings.data(f"splitter/{name}")) is not None:
                splitter.restoreState(QByteArray(kept))

    def place(self, window: QWidget) -> bool:
        """As it was left; False where the window has never been anywhere."""
        geometry = self._settings.data("geometry")
        return geometry is not None and window.restoreGeometry(QByteArray(geometry))

    def keep(self, window: QWidget, pages: Iterable[Page]) -> None:
        """Writes everything down."""
        self._settings.keep("geometry", bytes(window.saveGeometry().data()))
        self._settings.keep("theme", theme.mode())
        display().keep(self._settings)
        for page in pages:
            for name, choice in page.remembered().items():
                self._settings.keep(f"{page.name}/{name}", choice)
            for name, splitter in page.splitters().items():
                self._settings.keep(f"splitter/{name}", bytes(splitter.saveState().data()))
        self._settings.save()

    def _theme(self) -> theme.ThemeMode:
        mode = self._settings.value("theme")
        return "light" if mode == "light" else "dark" if mode == "dark" else "system"
