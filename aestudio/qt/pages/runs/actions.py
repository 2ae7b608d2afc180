"""What can be done to the chosen runs: for buttons, keys and the context menu alike, and why not where it cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from aestudio.core.ground.texts import Text, say
from aestudio.qt.action import Action
from aestudio.qt.document_actions import continue_run
from aestudio.qt.pages.runs.tag_dialog import TagDialog
from aestudio.qt.widgets.action_button import ActionButton
from aestudio.studio.behind import MOST
from aestudio.studio.notice import Failed, Noted
from aestudio.studio.runs.sheet import csv_of
from aestudio.studio.runs.words import counted, named, why_not_continued

if TYPE_CHECKING:
    from aestudio.qt.pages.runs.page import RunsPage


class RunActions:
    """The actions by name, and what is done. Buttons that are made here follow `refresh`."""

    def __init__(self, page: RunsPage) -> None:
        self._page = page
        self._buttons: list[ActionButton] = []
        table, here, trash = page.table, self._outside_the_trash, self._in_the_trash
        one, some = self._why_not_one, self._why_not_some
        declared = (
            Action(
                "openRun", "Open", self.open, ("Enter", "Return"), place=10, icon="open", why_not=one, offered=here,
                tip="Show its model, images and curves on the Explore page",
            ),
            Action(
                "compareRun", "Compare in Explore", self.compare, place=10.5, icon="columns",
                why_not=self._why_not_compared, offered=here,
                tip="One run beside what is shown on Explore, or two beside each other: images, curves and codes",
            ),
            Action(
                "behindRun", "Draw behind the losses", self.draw_behind, ("B",), place=10.7, icon="chart",
                why_not=self._why_not_behind, offered=here, checked=self._is_behind,
                tip="Draw its losses behind those on Explore, or take them off again",
            ),
            Action(
                "continueRun", "Continue", self.go_on, place=11, icon="continue", why_not=self._why_not_continued,
                offered=here, tip="Go on training from its newest checkpoint",
            ),
            Action(
                "againRun", "Train again with changes…", self.train_again, place=12, icon="again", why_not=one,
                offered=here, tip="Take its settings to the Explore page, change some and train",
            ),
            Action(
                "renameRun", "Rename", table.rename, ("F2",), place=20, icon="rename", why_not=one, offered=here,
                tip="Give it another title",
            ),
            Action(
                "starRun", self._star_words, self.star, ("S",), place=21, icon="star", why_not=some, offered=here,
                tip=self._star_tip,
            ),
            Action(
                "tagRun", "Tags…", self.tag, ("T",), place=22, icon="tag", why_not=some, offered=here,
                tip="Put words on it that a search and groups find it by",
            ),
            Action(
                "groupRun", "Choose its whole group", table.choose_group, ("G",), place=23, icon="groups",
                possible=lambda: self._grouped() and table.current() is not None, offered=self._grouped,
                tip="Choose all runs below the same heading",
            ),
            Action(
                "foldGroup", "Fold the group", lambda: self._fold(True), ("Left",), place=23.2, icon="chevron-right",
                possible=lambda: table.can_fold(fold=True), offered=self._grouped,
                tip="Show the heading of its group alone",
            ),
            Action(
                "unfoldGroup", "Unfold the group", lambda: self._fold(False), ("Right",), place=23.3,
                icon="chevron-down", possible=lambda: table.can_fold(fold=False), offered=self._grouped,
                tip="Show the runs of its group again",
            ),
            Action(
                "exportRun", "Export…", self.export, place=30, icon="export", why_not=some, offered=here,
                tip="Write its model for other programs, or those of several runs into a folder",
            ),
            Action(
                "curvesRun", "Curves as CSV…", self.save_curves, place=31, icon="chart", why_not=one, offered=here,
                tip="Save its curves as a CSV file",
            ),
            Action(
                "tableRun", "Table as CSV…", self.save_table, place=32, icon="columns",
                possible=lambda: page.model.rowCount() > 0, tip=self._table_tip,
            ),
            Action(
                "trashRun", "Delete", self.trash, ("Del", "Backspace"), place=40, icon="trash",
                why_not=self._why_not_trashed, offered=here, tip="Move to the trash; Undo brings it back",
            ),
            Action(
                "restoreRun", "Restore", self.restore, place=41, icon="undo", why_not=some, offered=trash,
                tip="Take out of the trash again",
            ),
            Action(
                "emptyRun", "Empty trash…", self.empty, place=42, icon="trash", offered=trash,
                possible=lambda: page.model.count() > 0, tip="Delete what is in the trash for good",
            ),
        )  # fmt: skip
        self._actions = {action.name: action for action in declared}

    def __getitem__(self, name: str) -> Action:
        return self._actions[name]

    def of_keys(self) -> list[Action]:
        """Those that the table answers to."""
        return [action for action in self.all() if action.keys]

    def all(self) -> tuple[Action, ...]:
        """In the order in which they are declared."""
        return tuple(self._actions.values())

    def button(self, name: str, *, role: str = "") -> ActionButton:
        """One that shows at every `refresh` whether it can be done."""
        made = ActionButton(self[name], role=role)
        self._buttons.append(made)
        return made

    def refresh(self) -> None:
        """Other runs are chosen, or they are not what they were."""
        for button in self._buttons:
            button.refresh()

    # -- whether it can be done ----------------------------------------------------------------------------------------

    def _in_the_trash(self) -> bool:
        return self._page.feed.trashed

    def _outside_the_trash(self) -> bool:
        return not self._page.feed.trashed

    def _fold(self, fold: bool) -> None:
        table = self._page.table
        table.fold(table.currentIndex().row(), fold=fold)

    def _grouped(self) -> bool:
        return bool(self._page.model.grouped_by())

    def _why_not_some(self) -> str:
        return "" if self._page.table.chosen() else say("Choose a run first")

    def _why_not_one(self) -> str:
        several = len(self._page.table.chosen()) > 1
        return say("Choose a single run for this") if several else self._why_not_some()

    def _why_not_compared(self) -> str:
        return say("Choose one run or two for this") if len(self._page.table.chosen()) > 2 else self._why_not_some()

    def _is_behind(self) -> bool:
        chosen = self._page.table.chosen()
        return bool(chosen) and set(chosen) <= set(self._page.studio.behind.numbers)

    def _why_not_behind(self) -> str:
        chosen, behind = self._page.table.chosen(), self._page.studio.behind
        if not behind.has_room(chosen):
            return say("At most {most} runs are drawn behind; take some off first", most=MOST)
        return self._why_not_some()

    def _why_not_continued(self) -> str:
        chosen = self._page.chosen()
        return self._why_not_one() or (why_not_continued(chosen[0]) if chosen else "")

    def _why_not_trashed(self) -> str:
        if any(run.state == "training" for run in self._page.chosen()):
            return say("A run that is training cannot be deleted; stop it first")
        return self._why_not_some()

    def _starred(self) -> bool:
        chosen = self._page.chosen()
        return bool(chosen) and all(run.starred for run in chosen)

    def _star_words(self) -> Text:
        return Text("Take the star away") if self._starred() else Text("Star")

    def _star_tip(self) -> Text:
        return Text("Take the star away") if self._starred() else Text("Give it a star")

    def _table_tip(self) -> Text:
        """Which runs, and of them what."""
        if len(self._page.table.chosen()) > 1:
            return Text("Save the chosen runs with the columns of the table as a CSV file")
        return Text("Save all runs that are shown with the columns of the table as a CSV file")

    # -- what is done --------------------------------------------------------------------------------------------------

    def _with_single(self, act: Callable[[int], object]) -> None:
        match self._page.table.chosen():
            case [number]:
                act(number)

    def open(self) -> None:
        """Its model, images and curves, on the page that shows the document."""
        self._with_single(self._page.open_run)

    def compare(self) -> None:
        """Beside each other on the page that shows the document."""
        studio, numbers = self._page.studio, self._page.table.chosen()
        if 1 <= len(numbers) <= 2:
            studio.want_document()
            studio.when_ready(lambda: studio.compare_runs(*sorted(numbers)))

    def draw_behind(self) -> None:
        """Behind the losses on the page that shows the document; taken off where all of them are there."""
        studio, runs = self._page.studio, self._page.chosen()
        if self._is_behind():
            studio.behind.take_off(self._page.table.chosen())
            return

        def add() -> None:
            empty = studio.behind.add(run.id for run in runs)
            added = [run for run in runs if run.id in studio.behind.numbers]
            if added and len(studio.document.shown.curves.steps):
                studio.tell(Noted(say("Drawn behind the losses on Explore: {runs}.", runs=named(added))))
            elif added:
                said = say("Drawn behind the losses on Explore once there are some: {runs}.", runs=named(added))
                studio.tell(Noted(said))
            if empty:
                none = [run for run in runs if run.id in empty]
                studio.tell(Failed(say("There are no curves of {runs}.", runs=named(none))))

        studio.when_ready(add)

    def go_on(self) -> None:
        """Trains it from its newest checkpoint."""
        studio = self._page.studio
        self._with_single(lambda number: studio.when_ready(lambda: continue_run(studio, number, self._page)))

    def train_again(self) -> None:
        """Its settings become the document's."""

        def take(number: int) -> None:
            self._page.studio.want_document()
            self._page.studio.when_ready(lambda: self._page.document.kept.train_again(number))

        self._with_single(take)

    def export(self) -> None:
        """Its model, in a format that the person chooses."""

        def ask(number: int) -> None:
            model = self._page.studio.shelf.model(number)
            if model is not None:
                from aestudio.qt.export_dialog import ExportDialog  # with all formats, and so with torch

                ExportDialog(model, self._page).open()

        chosen = self._page.chosen()
        if len(chosen) > 1:
            self._page.studio.when_ready(lambda: self._page.several.ask(chosen))
        else:
            self._with_single(lambda number: self._page.studio.when_ready(lambda: ask(number)))

    def save_curves(self) -> None:
        """Its curves, where the person says."""
        self._with_single(self._page.curves_file.ask)

    def star(self) -> None:
        """Gives the chosen runs a star, or takes it where all have one."""
        self._page.star(self._page.table.chosen())

    def save_table(self) -> None:
        """The chosen runs, or all that are shown where fewer than two are chosen, where the person says."""
        page = self._page
        chosen, shown = set(page.table.chosen()), page.model.found()
        runs = [run for run in shown if run.id in chosen] if len(chosen) > 1 else shown
        columns, paths = page.table.shown_columns(), page.model.shown_facts()
        page.tables.ask(csv_of(runs, columns, paths, page.model.facts))

    def tag(self) -> None:
        """Lets the person type tags of the chosen runs."""
        page = self._page
        if not (chosen := page.chosen()):
            return
        known = Counter(tag for run in page.feed.runs() for tag in run.tags)
        dialog = TagDialog(chosen, [tag for tag, _ in known.most_common()], page)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.put_tags(dialog.wanted()))
        dialog.open()

    def put_tags(self, wanted: Mapping[int, tuple[str, ...]]) -> None:
        """Gives runs these tags, and offers to take that back."""
        page = self._page
        runs = [run for number in wanted if (run := page.feed.run(number)) is not None]

        def offer() -> None:
            page.undo_bar.show_info(say("Changed the tags of {runs}.", runs=named(runs)), say("Undo"))
            page.actions_changed.emit()

        page.keeper.tag(wanted, runs, offer)

    def trash(self) -> None:
        """Moves the chosen runs to the trash, and offers to take that back."""
        page = self._page
        chosen = page.chosen()
        page.details.about.note.save()
        after = page.model.neighbour([run.id for run in chosen])

        def offer() -> None:
            page.table.choose([] if after is None else [after])
            page.undo_bar.show_info(say("Moved {runs} to the trash.", runs=named(chosen)), say("Undo"))
            page.actions_changed.emit()

        page.keeper.trash(chosen, offer)

    def undo(self) -> None:
        """Takes back the last deletion or change of tags."""
        page = self._page

        def show(back: list[int]) -> None:
            page.undo_bar.dismiss()
            page.table.choose(back)
            page.actions_changed.emit()

        page.keeper.undo(show)

    def restore(self) -> None:
        """Takes the chosen runs out of the trash."""
        self._page.keeper.restore(self._page.chosen())

    def empty(self) -> None:
        """Deletes for good what is in the trash, where the person agrees."""
        count = self._page.model.count()
        if count and self.may_empty(count):
            self._page.keeper.empty_trash()

    def may_empty(self, count: int) -> bool:
        """Asks the person whether so many runs may be deleted for good."""
        box = QMessageBox(self._page)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(say("Empty the trash?"))
        box.setText(say("Delete {runs} for good?", runs=counted(count)))
        box.setInformativeText(say("Models, checkpoints, curves and notes are gone then; this cannot be undone."))
        empty = box.addButton(say("Delete for good"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(say("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        return box.clickedButton() is empty
