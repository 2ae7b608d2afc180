"""Studies: several trainings that answer one question together, in the background."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QProgressBar,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.texts import SEMICOLON, Said, Text, listed, say
from aestudio.core.run.events import Finished, Started, Warned
from aestudio.core.run.run import Run
from aestudio.qt import theme
from aestudio.qt.page import Page
from aestudio.qt.pages.studies import Studies
from aestudio.qt.pages.studies.kinds import studies
from aestudio.qt.pages.studies.study import Study
from aestudio.qt.threads import Pulse, qthread
from aestudio.qt.widgets.basics import TextButton, card, hint, label
from aestudio.qt.widgets.layouts import holder, in_column, in_row
from aestudio.qt.widgets.scrolled import Scrolled
from aestudio.studio.background import Ended
from aestudio.studio.document import Document
from aestudio.studio.events import DataChanged, LibraryChanged, RunChanged, Told
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.studies.estimating import Estimating
from aestudio.studio.studies.under_way import UnderWay, engine_for
from aestudio.studio.studio import Studio
from aestudio.studio.study import StudyRun, problem_of

S = TypeVar("S", bound=Study)
ESTIMATE_MS = 400
"""After the last change of a setting, before the time that a study takes is estimated."""


class StudiesPage(Studies, Page):
    """Takes its settings and data from what the Explore page shows, and trains beside it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._folder: Path | None = None
        self._subject: tuple[Run, Dataset | None] = (Run(), None)
        self._running: Study | None = None
        self._outcomes: dict[Study, tuple[int, Said | str]] = {}
        """How far each has come, in thousandths, and what is to be said of it."""
        self._under_way: UnderWay | None = None
        self.runner = StudyRun(qthread)
        self.estimating = Estimating(qthread)
        self.pulse = Pulse(self)
        self.pulse.follow(self._tick, lambda: self.runner.running or self.estimating.running)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(ESTIMATE_MS)
        self._soon.timeout.connect(self._estimate)
        self._once_more = QTimer(self)
        """Whoever clicks twice means to stop once."""
        self._once_more.setSingleShot(True)
        self._once_more.setInterval(QApplication.doubleClickInterval())
        self._once_more.timeout.connect(self._show_state)
        self.studies: tuple[Study, ...] = tuple(kind() for kind in studies())
        self.tabs = QTabBar()
        self.forms = QWidget()
        self.pictures = QStackedWidget()
        self.start = TextButton(
            say("Start"), say("Train all runs of this study in the background"), role="primary", icon="play"
        )
        self.stop = TextButton(
            say("Stop"),
            say(
                "Stop after the step that is running; the results so far stay. Once more: at once; what is under way "
                "is not scored then, and not kept where several train at the same time"
            ),
            icon="stop",
        )
        self.recipe = TextButton(
            say("Choose a recipe that suits"),
            say("Choose a recipe that this study can begin with, on the page Explore"),
        )
        self.bar = QProgressBar()
        self._lay_out()
        self._connect()
        self.library_changed()
        self._show_state()

    def _lay_out(self) -> None:
        self.tabs.setAccessibleName(say("Which study"))
        self.tabs.setExpanding(False)
        for place, study in enumerate(self.studies):
            self.tabs.addTab(say(study.title))
            self.tabs.setTabToolTip(place, say(study.tip))
            self.pictures.addWidget(study)
        self.pictures.addWidget(hint(say("Press Start. The results are shown here")))
        below = QVBoxLayout(self.forms)
        below.setContentsMargins(0, 0, 0, 0)
        for study in self.studies:
            below.addWidget(study.form)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say("Progress of the study"))
        self._question = label("", "heading", wrap=True)
        self._about = label("", "muted", wrap=True)
        self._about.setObjectName("studyAbout")
        self._problem = label("", "muted", wrap=True)
        self._problem.setObjectName("studyProblem")
        self.plan = label("", "muted", wrap=True)
        """How many runs, how long each, and about how much time all of them take."""
        self.plan.setObjectName("studyPlan")
        self.said = label("", "caption", wrap=True)
        self.said.setObjectName("studySaid")

        inside = QWidget()
        inside.setProperty("role", "plain")
        settings = QVBoxLayout(inside)
        settings.setContentsMargins(12, 12, 12, 12)
        settings.setSpacing(theme.GRID)
        for widget in (self._question, self._about, self.forms, self.plan, self._problem, self.recipe):
            settings.addWidget(widget)
        settings.addWidget(self.bar)
        settings.addWidget(self.said)
        settings.addStretch(1)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        buttons = in_row((self.start, 1), self.stop)
        buttons.setContentsMargins(12, theme.GRID, 12, 12)
        self.across.addWidget(card(holder(in_column((Scrolled(inside, tall=True), 1), buttons, spacing=0)), 0))
        self.across.addWidget(card(self.pictures))
        self.across.setStretchFactor(1, 1)
        self.across.setSizes([304, 900])
        self.across.setHandleWidth(theme.GRID)
        self.across.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.tabs)
        column.addWidget(self.across, 1)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._show_study)
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self.halt)
        self.recipe.clicked.connect(self._ask_recipe)
        for study in self.studies:
            study.changed.connect(self._show_state)
            study.open_requested.connect(self._open_run)

    # -- the document --------------------------------------------------------------------------------------------------

    def attach(self, document: Document) -> None:
        self.set_subject(document.run, document.dataset)

    def read(self, event: Told) -> None:
        match event:
            case RunChanged() | DataChanged():
                self.attach(self.document)

    def library_changed(self) -> None:
        self.set_library(self.studio.shelf.kept_in)

    def set_library(self, folder: Path | None) -> None:
        """Where the runs are kept; None where nowhere."""
        self._folder = folder

    def set_subject(self, run: Run, dataset: Dataset | None) -> None:
        """The settings and images that a study would begin with."""
        self._subject = (run, dataset)
        if self.isVisible():
            self._hand_over()

    def shut(self, seconds: float) -> bool:
        self._soon.stop()
        self._once_more.stop()
        self.pulse.stop()
        estimated = self.estimating.close(seconds)
        return self.runner.close(seconds) and estimated

    @property
    def working(self) -> str:
        return say("A study") if self.runner.running else ""

    @property
    def going_on(self) -> str:
        if self._running is None:
            return ""
        return say("{study}: {words}", study=Text(self._running.title), words=self._outcomes[self._running][1])

    @Slot(int)
    def _open_run(self, number: int) -> None:
        self.studio.want_document()
        self.document.kept.open_run(number)

    @property
    def study(self) -> Study:
        """The one that is shown."""
        return self.studies[self.tabs.currentIndex()]

    def of(self, kind: type[S]) -> S:
        """The study of this kind."""
        return next(study for study in self.studies if isinstance(study, kind))

    def choose(self, study: Study) -> None:
        """Shows another one."""
        self.tabs.setCurrentIndex(self.studies.index(study))

    # -- the work ------------------------------------------------------------------------------------------------------

    @Slot()
    def begin(self) -> None:
        """Starts the study that is shown."""
        if self.runner.running or self.study.problem():
            return
        self._soon.stop()
        self.estimating.forget()
        engine = engine_for(self.studio.scheduler, self.studio.jobs, self._folder)
        self._running = self.study
        self._under_way = UnderWay(self._subject[0].title, engine, kept=self._folder is not None)
        self._tell(self.study, 0, Text("Beginning…"))
        self.runner.begin(self.study.begin(engine))
        self.pulse.wake()
        self._show_state()

    @Slot()
    def halt(self) -> None:
        """Stops it after the running step, and scores what it has come to. Once more: it is not scored."""
        if self.runner.stopped:
            self.runner.hurry()
        else:
            self.runner.stop()
            self._once_more.start()
        if self._running is not None:
            self._tell(self._running, None, Text("Stopping…"))
        self._show_state()

    def _tick(self) -> None:
        if self.estimating.tick() and self.plan.isVisible():
            self._show_plan()
        batch = self.runner.take()
        ended = batch.pop() if batch and isinstance(batch[-1], Ended) else None
        if batch:
            self._take(batch)
        if ended is not None:
            self._end(problem_of(ended))

    def _take(self, batch: Sequence[Any]) -> None:
        study, under_way = self._running, self._under_way
        if study is None or under_way is None:
            return
        for told in batch:
            study.take(told)
            match getattr(told, "event", None):
                case Started() | Finished():
                    self.document.tell(LibraryChanged())
                case Warned(sentence):
                    self.studio.tell(Warned(sentence))
        study.draw()
        done = next((told.done for told in reversed(batch) if hasattr(told, "done")), None)
        if done is not None and not self.runner.stopped:
            where = study.shown.where() if study.shown is not None else None
            self._tell(study, int(1000 * done), under_way.how_far(done, where))

    def _end(self, problem: str) -> None:
        study, self._running = self._running, None
        under_way, self._under_way = self._under_way, None
        stopped = self.runner.stopped
        if problem and not stopped:
            self.studio.tell(Failed(problem))
        if study is None or under_way is None:
            pass
        elif stopped or problem:
            self._tell(study, None, under_way.stopped() if stopped else problem)
        else:
            self._tell(study, 1000, under_way.completed())
            if not self.isVisible():
                self.studio.tell(Noted(say("The study “{study}” is complete.", study=Text(study.title))))
        if study is not None:
            study.draw()
        self.document.tell(LibraryChanged())
        self._hand_over()

    # -- showing -------------------------------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        """To the study that is shown; the others get it when they are. What each of its settings has to say of the
        new subject is looked at once, when all have it.
        """
        if self.study is not self._running:
            with QSignalBlocker(self.study):
                self.study.set_subject(*self._subject)
        self._show_state()

    @Slot(int)
    def _show_study(self, _index: int) -> None:
        self._hand_over()

    @Slot()
    def _estimate(self) -> None:
        """Of what would be begun now."""
        if self.isVisible() and not self.runner.running and not self.study.problem():
            self.estimating.ask(self.study.planned())
            self.pulse.wake()

    def _show_plan(self) -> None:
        """How much the study that is shown has to do, as far as that is known."""
        study = self.study
        planned = study.planned()
        seconds = self.estimating.seconds(planned)
        if seconds is not None and study.seeds.fit(seconds):
            self._show_plan()
            self._soon.start()
            return
        words = planned.words(seconds)
        note = study.seeds.note
        self.plan.setText(str(words) if note is None else str(listed([words, note], SEMICOLON)))
        if seconds is None:
            self._soon.start()

    def _tell(self, study: Study, thousandths: int | None, words: Said | str) -> None:
        before = self._outcomes.get(study, (0, ""))[0]
        self._outcomes[study] = (before if thousandths is None else thousandths, words)
        self._show_outcome()

    def _show_outcome(self) -> None:
        """Of the study that is shown, or of the other one while that runs."""
        told = self._running or self.study
        thousandths, words = self._outcomes.get(told, (0, ""))
        self.bar.setValue(thousandths)
        self.bar.setVisible(told in self._outcomes)
        self.said.setText(
            str(words) if told is self.study else say("{study}: {words}", study=Text(told.title), words=words)
        )
        self.going_on_changed.emit()

    @Slot()
    def _show_state(self) -> None:
        run, dataset = self._subject
        running, problem = self.runner.running, self.study.problem()
        self._question.setText(say(self.study.question))
        data = Text(dataset.name) if dataset is not None else Text("no data")
        said = say("With the settings of the Explore page: “{run}”, {data}.", run=Text(run.title), data=data)
        self._about.setText(said)
        self._problem.setText("" if running else problem)
        self._problem.setVisible(bool(problem) and not running)
        self.recipe.setVisible(bool(self.study.recipe()) and not running)
        self.plan.setVisible(not running and not problem)
        if not running and not problem:
            self._show_plan()
        self.start.setEnabled(not running and not problem)
        self.stop.setEnabled(running and not self.runner.hurried and not self._once_more.isActive())
        self.forms.setEnabled(not running)
        for study in self.studies:
            study.form.setVisible(study is self.study)
        begun = self.study in self._outcomes
        self.pictures.setCurrentIndex(self.tabs.currentIndex() if begun else self.pictures.count() - 1)
        self._show_outcome()

    @Slot()
    def _ask_recipe(self) -> None:
        self.document.choose_recipe(self.study.recipe())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._hand_over()
