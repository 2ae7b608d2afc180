"""`aestudio info`: versions, device and folders, for the person; with `--report` a file for a report of a mistake; with
a model what it is and where it comes from.
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text as Verbatim

from aestudio.commands import OK, output
from aestudio.core.ground import atomic, bug_report
from aestudio.core.ground.errors import StudioError, not_written
from aestudio.core.ground.texts import Text, listed, say


def info(chosen: argparse.Namespace) -> int:
    """Prints them as a table or as JSON, or writes the report. Raises StudioError where it cannot be written."""
    if chosen.model is not None:
        return _model(chosen.model, as_json=chosen.json)
    if chosen.report is not None:
        return _report(Path(chosen.report))
    facts = bug_report.known(device=chosen.device)
    if chosen.json:
        print(json.dumps({fact.key: fact.value for fact in facts}, ensure_ascii=False))
        return OK
    _print((fact.name, str(fact.value)) for fact in facts)
    return OK


def _print(rows: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(name, Verbatim(said))
    output.console(soft_wrap=True).print(table)


def _model(wanted: str, *, as_json: bool) -> int:
    from aestudio.commands.export import model_file  # with torch
    from aestudio.core.export import words
    from aestudio.core.export.page import FACTS
    from aestudio.core.library.summary import parts, variant
    from aestudio.studio.runs.words import images

    file = model_file(wanted)
    if as_json:
        told = {"title": file.run.title, "shape": file.shape, "scores": dict(file.scores), "facts": dict(file.facts)}
        print(json.dumps({**told, "kept_epoch": file.kept_epoch, "run": file.run.model_dump(mode="json")},
                         ensure_ascii=False))  # fmt: skip
        return OK
    about = [
        (say("Title"), say(file.run.title)),
        (say("Network"), say(type(file.run.network).title)),
        (say("Variant"), str(listed(Text(title) for title in parts(variant(file.run))))),
        (say("Images"), str(images(file.shape))),
    ]
    facts = [(str(FACTS.get(name, name)), said) for name, said in file.facts.items()]
    scores = [(one.label, f"{one.value} {one.unit}".strip()) for one in words.scores(file.scores)]
    _print([*about, *facts, *scores])
    return OK


def _report(path: Path) -> int:
    try:
        atomic.write_text(path, bug_report.report())
    except OSError as error:
        raise StudioError(not_written(path, error)) from error
    print(say("{path} holds versions, device and log, without your name and folders. Read it before you send it.",
              path=path))  # fmt: skip
    return OK
