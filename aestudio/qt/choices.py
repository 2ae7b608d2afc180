"""What a person prefers: asked for in one dialog, and heeded at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from aestudio.core.ground.errors import StudioError
from aestudio.core.training.every import Every
from aestudio.qt import speaking, theme
from aestudio.qt.window_actions import choose_theme

if TYPE_CHECKING:
    from aestudio.qt.patient import Patient
    from aestudio.qt.window import Window


class Choices(QObject):
    """Shows the Preferences of a window, and does in it what is chosen there."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window

    @cached_property
    def _patient(self) -> Patient:
        from aestudio.qt.patient import Patient  # before the first choice there is nothing to wait for

        made = Patient(self)
        made.failed.connect(self._window.notices.show_error)
        made.waits.connect(self._window.notices.show_info)
        return made

    def ask(self) -> None:
        """Lets the person choose how everything looks, and say how trainings are kept."""
        from aestudio.qt.preferences import Preferences  # not before somebody asks for it

        window = self._window
        every, library = window.studio.keeping.every, window.studio.shelf.library
        dialog = Preferences(
            every, library, window.habits.language, window, device=window.device.text(), patient=self._patient
        )
        dialog.greets.setChecked(window.habits.greets)
        dialog.greets_changed.connect(self._keep_greeting)
        dialog.every_changed.connect(self._keep_every)
        dialog.scheduler.setText(window.studio.scheduler)
        dialog.scheduler_changed.connect(self._keep_scheduler)
        dialog.jobs.setValue(window.studio.jobs)
        dialog.jobs_changed.connect(self._keep_jobs)
        dialog.language_changed.connect(self._keep_language)
        dialog.theme_changed.connect(self._choose_theme)
        dialog.open()

    def close(self, seconds: float) -> None:
        """Waits so long at most for what is still to be written into the library."""
        if "_patient" in vars(self):
            self._patient.close(seconds)

    @Slot(str)
    def _keep_language(self, code: str) -> None:
        try:
            self._window.speak(code or speaking.preferred())
            self._window.habits.language = code
        except StudioError as error:
            self._window.notices.show_error(str(error))

    @Slot(str)
    def _choose_theme(self, mode: theme.ThemeMode) -> None:
        choose_theme(mode)
        self._window.menus.refresh()

    @Slot(str)
    def _keep_every(self, text: str) -> None:
        self._window.habits.every = Every.from_text(text)
        self._window.studio.keeping = replace(self._window.studio.keeping, every=self._window.habits.every)

    @Slot(str)
    def _keep_scheduler(self, address: str) -> None:
        self._window.habits.scheduler = self._window.studio.scheduler = address

    @Slot(int)
    def _keep_jobs(self, count: int) -> None:
        self._window.habits.jobs = self._window.studio.jobs = count

    @Slot(bool)
    def _keep_greeting(self, wanted: bool) -> None:
        self._window.habits.greets = wanted
