"""`aestudio compare`: the same deep network trained layer by layer and end to end, at an equal budget."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from rich.table import Table

from aestudio.commands.output import whoever_listens
from aestudio.commands.several import FAILED, OK, Several
from aestudio.commands.stopping import until_interrupted
from aestudio.commands.train import chosen_run, fitted_to
from aestudio.core.ground import compute
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Finished
from aestudio.core.theory import greedy
from aestudio.core.theory.greedy import Compared, Way, epochs
from aestudio.core.training.controls import Controls


def compare(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 failed while training, 130, 143 or 129 stopped by a signal.

    Raises: StudioError for bad input, before training.
    """
    run, where, controls = chosen_run(chosen), compute.choose(chosen.device), Controls()
    with whoever_listens(), Several(chosen) as several, until_interrupted(controls) as ending:
        dataset = run.data.load(several.doing)
        run = fitted_to(run, chosen, dataset)
        told = greedy.compare(run, dataset, controls, where, layer_epochs=chosen.layer_epochs, trains=several.trains)
        for one in told:
            if isinstance(one, Compared):
                if chosen.json:
                    several.line({"event": "Compared", **asdict(one)})
                else:
                    several.console.print(_table(one))
                return OK
            several.read(one.event, way=one.way, curve=one.curve, spent=one.spent, done=one.done)
            several.doing(str(greedy.TITLES[one.way]), one.done)
            end = one.event
    if isinstance(end, Finished) and end.reason == "stopped":
        return ending.code
    why = end.error if isinstance(end, Finished) else say("Training ended without a word.")
    print(f"aestudio: {why}", file=sys.stderr)
    return FAILED


def _table(found: Compared) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Held-out MSE"), no_wrap=True)
    for heading in (
        say("Equal budget, {epochs}", epochs=epochs(found.budget)),
        say("Fine-tuned, {fine_tuning} more", fine_tuning=found.fine_tuning),
        say("Seconds"),
        say("Run"),
    ):
        table.add_column(heading, justify="right")
    rows: tuple[tuple[Way, float, float], ...] = (
        ("end to end", found.end_to_end, found.end_to_end_fine_tuned),
        ("layer by layer", found.layer_by_layer, found.layer_by_layer_fine_tuned),
    )
    for way, before, after in rows:
        kept = str(found.numbers[way] or "–")
        table.add_row(str(greedy.TITLES[way]), f"{before:.6f}", f"{after:.6f}", f"{found.seconds[way]:.1f}", kept)
    return table
