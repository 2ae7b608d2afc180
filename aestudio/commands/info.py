"""`aestudio info`: versions, device and folders, for the person; with `--report` a file for a report of a mistake."""

import argparse
import json
from pathlib import Path

from rich.table import Table

from aestudio.commands import output
from aestudio.core.ground import atomic, bug_report
from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.ground.texts import say


def info(chosen: argparse.Namespace) -> int:
    """Prints them as a table or as JSON, or writes the report. Raises StudioError where it cannot be written."""
    if chosen.report is not None:
        return _report(Path(chosen.report))
    facts = bug_report.known(device=chosen.device)
    if chosen.json:
        print(json.dumps({fact.key: fact.value for fact in facts}, ensure_ascii=False))
        return 0
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for fact in facts:
        table.add_row(fact.name, str(fact.value))
    output.console(soft_wrap=True).print(table)
    return 0


def _report(path: Path) -> int:
    try:
        atomic.write_text(path, bug_report.report())
    except OSError as error:
        raise StudioError("{path} could not be written: {reason}", path=path, reason=reason(error)) from None
    print(say("{path} holds versions, device and log, without your name and folders. Read it before you send it.",
              path=path))  # fmt: skip
    return 0
