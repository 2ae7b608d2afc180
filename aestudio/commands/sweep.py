"""`aestudio sweep`: one knob over several values, and what that does to the errors and to the code."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from rich.table import Table

from aestudio.commands import FAILED, OK
from aestudio.commands.output import whoever_listens
from aestudio.commands.several import Several
from aestudio.commands.stopping import until_interrupted
from aestudio.commands.train import chosen_run, fitted_to
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.theory import tradeoff
from aestudio.core.theory.knobs import CODE_SIZE, Number, number_knob, spread
from aestudio.core.theory.seeds import USUAL
from aestudio.core.theory.tradeoff import MeanPoint, Point
from aestudio.core.theory.verdicts import best_of
from aestudio.core.training.controls import Controls
from aestudio.studio.studies.plans import Planned, which


def sweep(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 where a training failed, 130, 143 or 129 stopped by a signal.

    Raises: StudioError for bad input, before training.
    """
    run, where, controls = chosen_run(chosen), compute.choose(chosen.device), Controls()
    values, seeds = _values(chosen, run), _seeds(chosen)
    points: list[Point] = []
    with whoever_listens(), Several(chosen) as several, until_interrupted(controls) as ending:
        dataset = run.data.load(several.doing)
        run = fitted_to(run, chosen, dataset)
        every = tradeoff.runs(run, chosen.knob, values, seeds)
        several.say_plan(Planned(tuple(every), dataset), where)
        told = tradeoff.sweep(
            run,
            chosen.knob,
            values,
            dataset,
            controls,
            where,
            probe=not chosen.no_probe,
            seeds=seeds,
            engine=several.engine,
        )
        for one in told:
            if isinstance(one, Point):
                points.append(one)
                if chosen.json:
                    several.line({"event": "Point", "knob": chosen.knob, **asdict(one)})
            else:
                several.read(one.event, index=one.index, value=one.value, seed=one.seed, done=one.done)
                place = which(one.index, len(every), one.seed if seeds > 1 else None)
                several.doing(f"{place} · {chosen.knob} {one.value:g}", one.done)
    found = tradeoff.outcomes(points)
    label = say("Code size") if chosen.knob == CODE_SIZE else say(number_knob(run, chosen.knob).label)
    said = best_of(found, label)
    if chosen.json:
        for outcome in found:
            several.line({"event": "Outcome", "knob": chosen.knob, **_numbers(outcome)})
        if said is not None:
            several.line({"event": "Verdict", "sentence": str(said)})
    else:
        several.console.print(_table(label, found))
        for one in points:
            if one.trouble:
                several.console.print(f"{one.value:g}: {one.trouble}")
        if said is not None:
            several.console.print(str(said), soft_wrap=True)
    if len(points) < len(every):
        several.say_kept(controls)
        return ending.code
    return FAILED if any(one.trouble for one in points) else OK


def _values(chosen: argparse.Namespace, run: Run) -> tuple[Number, ...]:
    if chosen.values is None:
        return spread(run, chosen.knob, chosen.count, chosen.low, chosen.high, chosen.log or None)
    values = []
    for text in chosen.values.split(","):
        try:
            values.append(float(text))
        except ValueError:
            raise RunError(
                "--values takes numbers separated by commas, and {text!r} is none.", text=text.strip()
            ) from None
    return tuple(int(value) if value.is_integer() else value for value in values)


def _seeds(chosen: argparse.Namespace) -> int:
    if chosen.seeds is not None:
        return int(chosen.seeds)
    return 1 if chosen.knob == "seed" else USUAL


def _numbers(found: MeanPoint) -> dict[str, Any]:
    """As JSON has it: which runs it is of, and not all of each."""
    spreads = {name: getattr(found, name) for name in ("training_error", "held_out_error", "probe_accuracy")}
    return {
        "value": found.value,
        **{name: None if spread is None else asdict(spread) for name, spread in spreads.items()},
        "seconds": found.seconds,
        "numbers": [point.number for point in found.points],
    }


def _table(label: str, found: list[MeanPoint]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in (label, say("Training MSE"), say("Held-out MSE"), say("Linear probe"), say("Seconds")):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column(say("Run"), justify="right")
    for one in found:
        errors = (one.training_error, one.held_out_error)
        table.add_row(
            f"{one.value:g}",
            *("–" if error is None else error.text() for error in errors),
            "–" if one.probe_accuracy is None else f"{one.probe_accuracy.text('.1f', 100)} %",
            f"{one.seconds:.1f}",
            ", ".join(str(point.number or "–") for point in one.points),
        )
    return table
