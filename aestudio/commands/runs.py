"""`aestudio runs`: what is in the library."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from functools import partial

from rich.console import Console
from rich.table import Table

from aestudio.commands.upkeep import check, rebuild
from aestudio.core.ground.texts import say
from aestudio.core.library.asking import Asked, question, settings_of
from aestudio.core.library.catalogue import Library
from aestudio.core.library.summary import NOT_SCORED, STATE_WORDS


def runs(chosen: argparse.Namespace) -> int:
    """Prints the runs that are asked for, the newest first. Raises LibraryError where there is no reading them."""
    if chosen.check or chosen.rebuild:
        return rebuild() if chosen.rebuild else check()
    asked = question(" ".join(chosen.words))
    with Library() as library:
        library.interrupted()  # what a crash left behind is told as interrupted
        found = [
            one
            for one in library.runs(trashed=chosen.trash)
            if asked(Asked.of(one, partial(settings_of, library, one.id)))
        ]
    shown = found if chosen.json else found[: chosen.most]
    if chosen.json:
        from aestudio.core.run.events import plain  # with numpy, which a table does not need

        for one in shown:
            print(json.dumps(plain(asdict(one)), ensure_ascii=False))
        return 0
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Run"), justify="right", no_wrap=True)
    table.add_column(say("Title"))
    table.add_column(say("State"), no_wrap=True)
    for heading in (say("Epochs"), say("Objective"), say("PSNR, dB"), say("Trained")):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in shown:
        missing = str(NOT_SCORED) if one.unscored else "–"
        table.add_row(
            str(one.id),
            f"{'★ ' if one.starred else ''}{one.named}",
            str(STATE_WORDS[one.state]),
            f"{one.epoch:.1f}",
            missing if one.objective is None else f"{one.objective:.4g}",
            missing if one.psnr is None else f"{one.psnr:.2f}",
            time.strftime("%Y-%m-%d %H:%M", time.localtime(one.updated)),
        )
    console = Console(markup=False, emoji=False)
    if shown:
        console.print(table)
    if len(found) > len(shown):
        console.print(
            say(
                "{older:,} older ones are left out; --most {count} shows all.",
                older=len(found) - len(shown),
                count=len(found),
            )
        )
    if not found:
        console.print(
            say("No run in the library fits.")
            if chosen.words
            else say("The library is empty; `aestudio train` fills it.")
        )
    return 0
