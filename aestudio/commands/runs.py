"""`aestudio runs`: what is in the library."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import plain


def runs(chosen: argparse.Namespace) -> int:
    """Prints the runs that hold every word, the newest first. Raises LibraryError where there is no reading them."""
    words = [word.casefold() for word in chosen.words]
    with Library() as library:
        library.interrupted()  # what a crash left behind is told as interrupted
        found = [one for one in library.runs(trashed=chosen.trash) if all(word in one.words for word in words)]
    shown = found if chosen.json else found[: chosen.most]
    if chosen.json:
        for one in shown:
            print(json.dumps(plain(asdict(one)), ensure_ascii=False))
        return 0
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading, justify in (("Run", "right"), ("Title", "left"), ("State", "left"), ("Epochs", "right")):
        table.add_column(heading, justify=justify, no_wrap=heading != "Title")  # type: ignore[arg-type]
    for heading in ("Objective", "PSNR, dB", "Trained"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in shown:
        table.add_row(
            str(one.id),
            f"{'★ ' if one.starred else ''}{one.title}",
            one.state,
            f"{one.epoch:.1f}",
            "–" if one.objective is None else f"{one.objective:.4g}",
            "–" if one.psnr is None else f"{one.psnr:.2f}",
            time.strftime("%Y-%m-%d %H:%M", time.localtime(one.updated)),
        )
    console = Console(markup=False, emoji=False)
    if shown:
        console.print(table)
    if len(found) > len(shown):
        console.print(f"{len(found) - len(shown):,} older ones are left out; --most {len(found)} shows all.")
    if not found:
        console.print("No run in the library fits." if words else "The library is empty; `aestudio train` fills it.")
    return 0
