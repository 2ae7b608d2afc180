"""`aestudio compare`: the same deep network trained layer by layer and end to end, at an equal budget."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict

from rich.table import Table

from aestudio.commands import FAILED, OK
from aestudio.commands.output import whoever_listens
from aestudio.commands.several import Several
from aestudio.commands.stopping import until_interrupted
from aestudio.commands.train import chosen_run, fitted_to
from aestudio.core.ground import compute
from aestudio.core.ground.texts import say
from aestudio.core.run.events import Event, Finished
from aestudio.core.theory import greedy
from aestudio.core.theory.greedy import Compared, Way, epochs, runs
from aestudio.core.theory.seeds import USUAL, Spread, with_seeds
from aestudio.core.theory.verdicts import Verdict, verdict
from aestudio.core.training.controls import Controls
from aestudio.studio.studies.plans import Planned, which


def compare(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 failed while training, 130, 143 or 129 stopped by a signal.

    Raises: StudioError for bad input, before training.
    """
    run, where, controls = chosen_run(chosen), compute.choose(chosen.device), Controls()
    seeds = USUAL if chosen.seeds is None else chosen.seeds
    found: list[Compared] = []
    end: Event | None = None
    with whoever_listens(), Several(chosen) as several, until_interrupted(controls) as ending:
        dataset = run.data.load(several.doing)
        run = fitted_to(run, chosen, dataset)
        every = [
            one for seed in with_seeds(run, seeds) for one in runs(seed, dataset.shape, chosen.layer_epochs).values()
        ]
        several.say_plan(Planned(tuple(every), dataset), where)
        told = greedy.compare(
            run, dataset, controls, where, layer_epochs=chosen.layer_epochs, seeds=seeds, engine=several.engine
        )
        for one in told:
            if isinstance(one, Compared):
                found.append(one)
                if chosen.json:
                    several.line({"event": "Compared", **asdict(one)})
                continue
            several.read(
                one.event, way=one.way, curve=one.curve, index=one.index, seed=one.seed, spent=one.spent, done=one.done
            )
            place = which(
                2 * one.index + list(greedy.TITLES).index(one.way), len(every), one.seed if seeds > 1 else None
            )
            several.doing(f"{place} · {greedy.TITLES[one.way]}", one.done)
            end = one.event
    if found:
        _say(several, found)
    if len(found) == seeds:
        return OK
    if isinstance(end, Finished) and end.reason == "stopped":
        several.say_kept(controls)
        return ending.code
    why = end.error if isinstance(end, Finished) else say("Training ended without a word.")
    print(f"aestudio: {why}", file=sys.stderr)
    return FAILED


def _say(several: Several, found: list[Compared]) -> None:
    said = verdict(found)
    if several.json:
        several.line({"event": "Verdict", **asdict(said), "better": said.better, "sentence": str(said.words())})
    else:
        several.console.print(_table(said, found))
        several.console.print(str(said.words()), soft_wrap=True)


def _table(said: Verdict, found: list[Compared]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Held-out MSE"), no_wrap=True)
    for heading in (
        say("Equal budget, {epochs}", epochs=epochs(said.budget)),
        say("Fine-tuned, {fine_tuning} more", fine_tuning=said.fine_tuning),
        say("Seconds"),
        say("Run"),
    ):
        table.add_column(heading, justify="right")
    rows: tuple[tuple[Way, Spread, Spread], ...] = (
        ("end to end", said.end_to_end, said.end_to_end_fine_tuned),
        ("layer by layer", said.layer_by_layer, said.layer_by_layer_fine_tuned),
    )
    for way, before, after in rows:
        kept = ", ".join(str(one.numbers[way] or "–") for one in found)
        seconds = sum(one.seconds[way] for one in found)
        table.add_row(str(greedy.TITLES[way]), before.text(), after.text(), f"{seconds:.1f}", kept)
    return table
