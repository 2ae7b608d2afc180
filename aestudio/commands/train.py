"""`aestudio train`: which run the arguments describe; the host trains it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

from aestudio.commands import together
from aestudio.commands.host import Host
from aestudio.core.data.dataset import Dataset
from aestudio.core.data.paths import data_from_path
from aestudio.core.data.source import Data
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.data.sources.photographs import Photographs
from aestudio.core.ground.errors import RunError, near
from aestudio.core.ground.places import is_there
from aestudio.core.parts.endings.time_limit import TimeLimit
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run import recipes
from aestudio.core.run.budget import RATE, epochs, fitted
from aestudio.core.run.run import Run
from aestudio.core.run.typed import typed


def train(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 completed, 1 failed while training, 130, 143 or 129 stopped by a signal.

    Raises: StudioError for bad input, before training.
    """
    if (code := together.launched(chosen)) is not None:
        return code
    run = in_time(chosen_run(chosen), chosen.time)
    return Host(chosen).host(run, lambda dataset: fitted_to(run, chosen, dataset))


def chosen_run(chosen: argparse.Namespace) -> Run:
    """The recipe with what --data, --set and --epochs say. Raises StudioError where it cannot be."""
    run = with_settings(recipes.find(chosen.recipe).run(), chosen.data, chosen.settings)
    if chosen.epochs is not None:
        run = run.with_value("epochs", chosen.epochs)
        if run.schedule.layer_epochs_knob:
            run = run.with_value(f"schedule.{run.schedule.layer_epochs_knob}", chosen.epochs)
    return run


def fitted_to(run: Run, chosen: argparse.Namespace, dataset: Dataset) -> Run:
    """The run with epochs and weights that fit other data than the recipe's, but for those that somebody has said."""
    if chosen.data is None:
        return run
    said = {setting.partition("=")[0].strip() for setting in chosen.settings}
    if "optimiser" in said:  # another one has a rate of its own
        said.add(RATE)
    if chosen.epochs is not None or said & epochs(run).keys():
        said |= epochs(run).keys()
    return fitted(run, recipes.find(chosen.recipe).run(), dataset, said)


def in_time(run: Run, said: str | None) -> Run:
    """The run with what --time says: `60s`, `5min` or `2h`. Raises RunError where it says something else."""
    if said is None:
        return run
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h)", said.strip())
    if found is None:
        raise RunError("--time takes a time such as 60s, 5min or 2h, not {said!r}.", said=said)
    minutes = float(found[1]) * {"s": 1 / 60, "min": 1, "h": 60}[found[2]]
    limit = knobs(TimeLimit)["minutes"]
    assert limit.low is not None
    assert limit.high is not None
    if not limit.low <= minutes <= limit.high:
        raise RunError(
            "--time takes from {low:g}s to {high:.0f}min, not {said!r}.", low=60 * limit.low, high=limit.high, said=said
        )
    return run.with_value("endings.time-limit.minutes", minutes)


def with_settings(run: Run, data: str | None, settings: Iterable[str]) -> Run:
    """The run with what --data and --set say. Raises RunError where they cannot be."""
    if data is not None:
        run = run.with_value("data", _data(data, run))
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise RunError("--set takes slot.field=value, and {setting!r} has no equals sign.", setting=setting)
        run = run.with_value(path.strip(), typed(value.strip(), run, path.strip()))
    return run


def _data(wanted: str, run: Run) -> Data:
    if wanted == run.data.kind:
        return run.data
    kinds = options(Data)
    if wanted in kinds:
        return kinds[wanted]()
    if is_there(Path(wanted), RunError):
        return _as_asked_for(data_from_path(Path(wanted)), run.data)
    raise RunError("There is no data source or path {wanted!r}; {near}", wanted=wanted, near=near(wanted, kinds))


def _as_asked_for(found: Data, instead_of: Data) -> Data:
    """Images of the same kind that lie elsewhere are read as before. A recipe that is made for patches takes patches of
    the person's images too, of its size and in its colours.
    """
    if type(found) is type(instead_of):
        return instead_of.model_copy(update=found.model_dump(include={"path"}))
    if not (isinstance(found, ImageFolder) and isinstance(instead_of, Photographs)):
        return found
    same = {"size": instead_of.size, "colour": instead_of.colour, "patches": instead_of.patches}
    return found.model_copy(update=same | {"take": "random patches"})
