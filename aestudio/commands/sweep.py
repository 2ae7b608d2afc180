"""`aestudio sweep`: one knob over several values, and what that does to the errors and to the code."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from rich.table import Table

from aestudio.commands.output import whoever_listens
from aestudio.commands.several import FAILED, OK, Several
from aestudio.commands.stopping import until_interrupted
from aestudio.commands.train import chosen_run, fitted_to
from aestudio.core.ground import compute
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run
from aestudio.core.theory import tradeoff
from aestudio.core.theory.knobs import Number, number_knob, spread
from aestudio.core.theory.tradeoff import Point
from aestudio.core.training.controls import Controls


def sweep(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 where a training failed, 130, 143 or 129 stopped by a signal.

    Raises: StudioError for bad input, before training.
    """
    run, where, controls = chosen_run(chosen), compute.choose(chosen.device), Controls()
    values = _values(chosen, run)
    points: list[Point] = []
    with whoever_listens(), Several(chosen) as several, until_interrupted(controls) as ending:
        dataset = run.data.load(several.doing)
        run = fitted_to(run, chosen, dataset)
        told = tradeoff.sweep(
            run,
            chosen.knob,
            values,
            dataset,
            controls,
            where,
            probe=not chosen.no_probe,
            trains=several.trains,
        )
        for one in told:
            if isinstance(one, Point):
                points.append(one)
                if chosen.json:
                    several.line({"event": "Point", "knob": chosen.knob, **asdict(one)})
            else:
                several.read(one.event, index=one.index, value=one.value, done=one.done)
                several.doing(f"{chosen.knob} {one.value:g}", one.done)
    if not chosen.json:
        several.console.print(_table(say(number_knob(run, chosen.knob).label), points))
        for one in points:
            if one.trouble:
                several.console.print(f"{one.value:g}: {one.trouble}")
    if len(points) < len(values):
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


def _table(label: str, points: list[Point]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in (label, say("Training MSE"), say("Held-out MSE"), say("Linear probe"), say("Seconds"), say("Run")):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in points:
        table.add_row(
            f"{one.value:g}",
            *("–" if error is None else f"{error:.6f}" for error in (one.training_error, one.held_out_error)),
            "–" if one.probe_accuracy is None else f"{one.probe_accuracy:.2%}",
            f"{one.seconds:.1f}",
            str(one.number or "–"),
        )
    return table
