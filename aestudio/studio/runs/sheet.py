"""Runs as a table for other programs: CSV with plain numbers, one run a line. No Qt here."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from aestudio.core.ground.cells import plain_cells
from aestudio.core.ground.texts import Text
from aestudio.core.library.asking import Fact, Facts
from aestudio.core.library.summary import Summary
from aestudio.studio.runs.rows import Column
from aestudio.studio.runs.words import variant

CELLS: Mapping[Column, Mapping[str, Callable[[Summary], Any]]] = {
    Column.STAR: {"starred": lambda run: "yes" if run.starred else "no"},
    Column.PICTURE: {},
    Column.TITLE: {
        "run": lambda run: run.id,
        "title": lambda run: run.named,
        "tags": lambda run: " ".join(run.tags),
        "state": lambda run: run.state,
    },
    Column.DATA: {"data": lambda run: str(Text(run.data))},
    Column.VARIANT: {"variant": lambda run: str(variant(run))},
    Column.EPOCHS: {"epoch": lambda run: run.epoch, "step": lambda run: run.step},
    Column.OBJECTIVE: {"objective": lambda run: run.objective},
    Column.PSNR: {"psnr_db": lambda run: run.psnr},
    Column.PARAMETERS: {"parameters": lambda run: run.parameters},
    Column.TRAINED: {"trained": lambda run: time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.updated))},
    Column.SPENT: {"seconds": lambda run: run.seconds},
}
"""What a column of the table is in a file, by the headings there, which no language changes, nor what a program reads;
what a person reads is in the language in use."""


def csv_of(
    runs: Iterable[Summary], shown: Sequence[Column], paths: Sequence[str], facts: Callable[[Summary], Facts]
) -> str:
    """A heading and a line for each run: the shown columns, then settings and scores by their paths."""
    cells = {name: cell for column in shown for name, cell in CELLS[column].items()}
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*cells, *paths])
    for run in runs:
        known = facts(run) if paths else {}
        row = [*(cell(run) for cell in cells.values()), *(plain(known.get(path, ())) for path in paths)]
        writer.writerow(plain_cells(row))
    return text.getvalue()


def plain(values: Sequence[Fact]) -> Any:
    """A value as other programs read it; several with spaces between them."""
    said = ["yes" if one is True else "no" if one is False else one for one in values]
    return said[0] if len(said) == 1 else " ".join(map(str, said))
