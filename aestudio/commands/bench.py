"""`aestudio bench`: how quick the program is on this machine, as ratios of things that take turns."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from rich.table import Table

from aestudio.commands import OK, output
from aestudio.core.bench.figure import Figure
from aestudio.core.bench.running import Ratio, interleaved, ratios
from aestudio.core.ground import atomic
from aestudio.core.ground.compute import machine
from aestudio.core.ground.errors import StudioError, near, not_written
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import options


def bench(chosen: argparse.Namespace) -> int:
    """Measures and prints. Raises StudioError where there is no such figure, or the file cannot be written."""
    known = options(Figure)
    for name in chosen.names:
        if name not in known:
            raise StudioError("There is no figure {name!r}; {near}", name=name, near=near(name, known))
    if chosen.rounds < 1 or chosen.seconds < 0:
        raise StudioError("Measuring needs at least one round, and turns of 0 seconds or more.")
    figures = [known[name]() for name in chosen.names or known]
    console = output.console()
    pages, measured = [f"# {say('How quick AEStudio is')}", "", _about(chosen), ""], {}
    for figure in figures:
        rows, quiet, remarks = _measured(figure, chosen.rounds, chosen.seconds, chosen.size)
        contenders = [{**asdict(row), "name": str(row.name)} for row in rows]
        measured[figure.kind] = {"quiet": quiet, "contenders": contenders, "remarks": remarks}
        if not chosen.json:
            console.print(_table(figure, rows, [*remarks, *_noisy(quiet)]))
        pages += _page(figure, rows, [*remarks, *_noisy(quiet)])
    if chosen.json:
        print(json.dumps({"machine": machine(), "date": str(date.today()), "figures": measured}))
    if chosen.out:
        try:
            atomic.write_text(Path(chosen.out), "\n".join(pages))
        except OSError as error:
            raise StudioError(not_written(chosen.out, error)) from error
    return OK


def _measured(figure: Figure, rounds: int, seconds: float, size: float) -> tuple[list[Ratio], bool, list[str]]:
    contenders = figure.contenders(size)
    *_, found = interleaved(contenders, rounds, seconds)
    return *ratios(found), [str(said) for one in contenders if (said := one.remark()) is not None]


def _about(chosen: argparse.Namespace) -> str:
    command = " ".join(["aestudio bench", *chosen.names])
    return say(
        "`{command}`, {day}, {machine}. {rounds} rounds in which all take turns, {seconds} seconds each; the median of "
        "the ratios to the first of each table, with its quartiles.",
        command=command,
        day=date.today(),
        machine=machine(),
        rounds=chosen.rounds,
        seconds=f"{chosen.seconds:g}",
    )


def _noisy(quiet: bool) -> list[str]:
    return [] if quiet else [say("Other programs were busy meanwhile: measure again when the machine has rest.")]


def _table(figure: Figure, rows: list[Ratio], below: list[str]) -> Table:
    table = Table(
        title=say(figure.title), title_justify="left", box=None, header_style="bold", pad_edge=False,
        caption="\n".join(below) or None, caption_justify="left",
    )  # fmt: skip
    table.add_column("", no_wrap=True)
    for heading in (say("× as quick"), say("quartiles"), say("{unit} a second", unit=say(figure.unit)), say("rounds")):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(str(row.name), *_cells(row))
    return table


def _cells(row: Ratio) -> tuple[str, ...]:
    return f"{row.median:.2f}", f"{row.low:.2f} – {row.high:.2f}", f"{row.rate:,.3g}", str(row.rounds)


def _page(figure: Figure, rows: list[Ratio], below: list[str]) -> list[str]:
    heading = ("", say("× as quick"), say("quartiles"), say("{unit} a second", unit=say(figure.unit)), say("rounds"))
    lines = [f"## {say(figure.title)}", "", say(figure.about), ""]
    lines += ["| " + " | ".join(heading) + " |", "|---|---:|---:|---:|---:|"]
    lines += ["| " + " | ".join((str(row.name), *_cells(row))) + " |" for row in rows]
    return [*lines, "", *(part for one in below for part in (one, ""))]
