"""`aestudio runs`: what is in the library."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from rich.table import Table

from aestudio.commands import OK, output
from aestudio.commands.upkeep import check, rebuild
from aestudio.core.ground.errors import BusyError, LibraryError, near, nearest
from aestudio.core.ground.texts import plural, say
from aestudio.core.library import columns
from aestudio.core.library.asking import question, settings_of
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import NOT_SCORED, STATE_WORDS, Summary
from aestudio.studio.runs.grouping import apart
from aestudio.studio.runs.rows import Column, RunFacts
from aestudio.studio.runs.sheet import csv_of

BRIEFLY = 2.0
"""Seconds that a list waits for another program that holds the library: it can be read all the same."""
TOLD_APART = 200
"""Runs that are listed, of which those of one title are told apart: more would be read for long."""
IN_FILES = (
    Column.TITLE, Column.STAR, Column.DATA, Column.VARIANT, Column.EPOCHS, Column.OBJECTIVE, Column.PSNR,
    Column.PARAMETERS, Column.TRAINED, Column.SPENT,
)  # fmt: skip
"""What a table for other programs has besides the columns that are asked for."""


def runs(chosen: argparse.Namespace) -> int:
    """Prints the runs that are asked for, the newest first. Raises LibraryError where there is no reading them."""
    if chosen.check or chosen.rebuild:
        return rebuild() if chosen.rebuild else check()
    asked = question(" ".join(chosen.words))
    with Library() as library:
        with suppress(BusyError), library.waiting(BRIEFLY):
            library.interrupted()  # what a crash left behind is told as interrupted
        known = RunFacts(lambda number: settings_of(library, number))
        every = library.runs(trashed=chosen.trash)
        found = [one for one in every if asked(known(one))]
        if not found:
            _check_names(asked.names, every, known)
        shown = found if chosen.json or chosen.csv else found[: chosen.most]
        paths = _paths(chosen.columns, found, known)
        if chosen.csv:
            print(csv_of(shown, IN_FILES, paths, lambda run: known(run).facts()), end="")
            return OK
        if chosen.json:
            _print_json(shown, paths, known)
            return OK
        told = apart(shown, known, ready=False) if len(shown) <= TOLD_APART else {}
        _print_table(shown, paths, known, told)
    _print_rest(len(found), len(shown), searched=bool(chosen.words), trashed=chosen.trash)
    return OK


def _check_names(names: Sequence[str], runs: Sequence[Summary], known: RunFacts) -> None:
    """Raises LibraryError where a condition names what no run has, and nearly what some run has."""
    if not names:
        return
    among = columns.paths(known(run).facts() for run in runs)
    for name in names:
        near_one = nearest(name, [columns.short(path, among) for path in among] + among)
        if columns.full(name, among) is None and near_one is not None:
            raise LibraryError("There is no setting or score {name!r} in these runs; {near}", name=name, near=near_one)


def _paths(wanted: str | None, found: Sequence[Summary], known: RunFacts) -> list[str]:
    """The settings and scores that --columns names. Raises LibraryError where no run has one of that name."""
    names = [name.strip() for name in (wanted or "").split(",") if name.strip()]
    if not names or not found:
        return []
    among = columns.paths(known(run).facts() for run in found)
    paths = [columns.full(name, among) for name in names]
    for name, path in zip(names, paths, strict=True):
        if path is None:
            all_names = [columns.short(one, among) for one in among]
            raise LibraryError(
                "There is no setting or score {name!r} in these runs; {near}", name=name, near=near(name, all_names)
            )
    return [path for path in paths if path is not None]


def _print_json(shown: Sequence[Summary], paths: Sequence[str], known: RunFacts) -> None:
    from aestudio.core.run.events import plain  # with numpy, which a table does not need

    for one in shown:
        told = asdict(one)
        if paths:
            told["settings"] = {path: list(known(one).facts().get(path, ())) for path in paths}
        print(json.dumps(plain(told), ensure_ascii=False))


def _print_table(shown: Sequence[Summary], paths: Sequence[str], known: RunFacts, told: dict[int, str]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Run"), justify="right", no_wrap=True)
    table.add_column(say("Title"))
    if differ := any(told.values()):
        table.add_column(say("What differs"))
    table.add_column(say("State"), no_wrap=True)
    for heading in (say("Epochs"), say("Objective"), say("PSNR, dB"), say("Trained")):
        table.add_column(heading, justify="right", no_wrap=True)
    for path in paths:
        table.add_column(columns.short(path, paths), justify="right", no_wrap=True)
    if tagged := any(one.tags for one in shown):
        table.add_column(say("Tags"))
    for one in shown:
        missing = str(NOT_SCORED) if one.unscored else "–"
        table.add_row(
            str(one.id),
            f"{'★ ' if one.starred else ''}{one.named}",
            *([told.get(one.id, "")] if differ else []),
            str(STATE_WORDS[one.state]),
            f"{one.epoch:.1f}",
            missing if one.objective is None else f"{one.objective:.4g}",
            missing if one.psnr is None else f"{one.psnr:.2f}",
            time.strftime("%Y-%m-%d %H:%M", time.localtime(one.updated)),
            *(columns.written(known(one).facts().get(path, ())) or "–" for path in paths),
            *([" ".join(one.tags)] if tagged else []),
        )
    if shown:
        output.console().print(table)


def _print_rest(found: int, shown: int, *, searched: bool, trashed: bool) -> None:
    """What is not in the table."""
    console = output.console()
    if found > shown:
        console.print(
            str(
                plural(
                    "{count:,} older one is left out; --most {all} shows all.",
                    "{count:,} older ones are left out; --most {all} shows all.",
                    found - shown,
                    all=found,
                )
            )
        )
    if not found:
        console.print(
            say("No run in the library fits.")
            if searched
            else say("The trash is empty.")
            if trashed
            else say("The library is empty; `aestudio train` fills it.")
        )
