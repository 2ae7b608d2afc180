"""Every n-th failure of the disk, of the database and of memory: the old state stays or the new one is there, and what
is said is a sentence. After "How SQLite Is Tested", sections 3.1 to 3.3.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from aestudio.core.denoise.batch import batch
from aestudio.core.denoise.pipeline import Cleaning
from aestudio.core.denoise.ways.despeckle import Despeckle
from aestudio.core.export.exporting import export
from aestudio.core.export.formats.safetensors import Safetensors
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.ini import Ini
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.model import model_file
from aestudio.core.run.events import Finished, Saved, Warned
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from tests.core.conftest import small_dataset
from tests.core.faults import Faults, failing
from tests.core.trainings import EACH_EPOCH, NEVER, RUN, Keeping, as_bytes, train

SHORT = RUN.with_value("epochs", 1)


@dataclass(frozen=True)
class Case:
    """Work on a folder; `prepare` makes what is there before, `look` raises where the folder is neither old nor new."""

    prepare: Callable[[Path], None]
    work: Callable[[Path], Any]
    look: Callable[[Path, Any], None]


def sentence(said: str) -> None:
    """What is said is for a person."""
    assert said.endswith("."), said
    assert "\n" not in said
    assert "unexpected" not in said, said


# -- training ----------------------------------------------------------------------------------------------------------


def trains(folder: Path) -> list[Any]:
    return list(fit_and_keep(SHORT, small_dataset(), folder=folder / "library", every=EACH_EPOCH))


def trains_without_checkpoints(folder: Path) -> list[Any]:
    return list(fit_and_keep(SHORT, small_dataset(), folder=folder / "library", every=NEVER))


def trained_before(folder: Path) -> None:
    trains(folder)


def library_holds(folder: Path, told: Any) -> None:
    end = told[-1]
    assert isinstance(end, Finished)
    for event in told:
        if isinstance(event, Warned):
            sentence(event.sentence)
    if end.error:
        sentence(end.error)
    with Library(folder / "library") as library:
        library.make_sure_it_is_whole(full=True)
        library.interrupted()
        assert "training" not in [run.state for run in library.runs()]
        assert library.model(1).weights  # the run before is whole
        if end.reason == "completed" and not end.unkept:
            newest = library.runs()[0].id
            assert newest == 2
            assert as_bytes(library.model(newest).weights) == as_bytes(end.weights)
        elif end.weights is not None and end.reason == "completed":
            raise AssertionError("the model is not kept, and nobody says so")
        elif end.weights is not None and end.unkept and not end.lost:
            (path,) = (event.path for event in told if isinstance(event, Saved) and "library" not in event.path)
            assert as_bytes(model_file.load(Path(path)).weights) == as_bytes(end.weights)
    left = [path.name for path in (folder / "library").rglob("*.part")]
    assert not left, left


# -- a checkpoint, a model, an export ----------------------------------------------------------------------------------

CHECKPOINTS = Path("checkpoints")


def has_checkpoint(folder: Path) -> None:
    (folder / CHECKPOINTS).mkdir()
    train(RUN, keeper=Keeping(folder / CHECKPOINTS, lambda done: done in (5, 11)))


def keeps_checkpoint(folder: Path) -> Any:
    kept = CheckpointFolder(folder / CHECKPOINTS)
    newest = kept.newest()
    assert newest is not None
    kept.keep(newest.checkpoint)


def checkpoint_whole(folder: Path, _told: Any) -> None:
    found = CheckpointFolder(folder / CHECKPOINTS).newest()
    assert found is not None
    assert not found.damaged
    assert not list(folder.rglob("*.part"))


def has_model(folder: Path) -> None:
    keep = folder / "library"
    list(fit_and_keep(SHORT, small_dataset(), folder=keep, every=EACH_EPOCH))
    with Library(keep) as library:
        shutil.copyfile(library.files(1) / MODEL, folder / "model.safetensors")
    (folder / "export.safetensors").write_bytes(b"old")


def exports(folder: Path) -> None:
    made = model_file.load(folder / "model.safetensors")
    made.save(folder / "model.safetensors")
    export(made, Safetensors(), folder / "export.safetensors")


def export_whole(folder: Path, _told: Any) -> None:
    assert model_file.load(folder / "model.safetensors").run.network.kind == "mlp"
    made = folder / "export.safetensors"
    assert made.read_bytes() == b"old" or load_file(made)
    assert not list(folder.glob("*.part"))


# -- a batch -----------------------------------------------------------------------------------------------------------


def has_pictures(folder: Path) -> None:
    (folder / "in").mkdir()
    for number in range(2):
        values = np.random.default_rng(number).integers(0, 255, (16, 16), np.uint8)
        Image.fromarray(values).save(folder / "in" / f"{number}.png")


def cleans(folder: Path) -> list[Any]:
    return list(batch([folder / "in"], folder / "out", Cleaning(Despeckle())))


def pictures_whole(folder: Path, _told: Any) -> None:
    for path in (folder / "out").glob("*.png"):
        with Image.open(path) as made:
            made.load()
            assert made.size == (16, 16)
    assert not list(folder.rglob("*.part"))
    again = cleans(folder)[-1]  # it goes on, whatever was left
    assert (again.reason, again.cleaned + again.finished, again.skipped) == ("completed", 2, 0)


# -- the library, the settings -----------------------------------------------------------------------------------------


def edits(folder: Path) -> None:
    with Library(folder / "library") as library:
        library.rename(1, "Another")
        library.star([1])
        library.annotate(1, "a note")
        library.budget = 10
        library.make_room()
        library.back_up()
        library.curves(1)
        library.trash([1])
        library.restore([1])


def library_whole(folder: Path, _told: Any) -> None:
    with Library(folder / "library") as library:
        library.make_sure_it_is_whole(full=True)
        (run,) = library.runs() or library.runs(trashed=True)
        assert run.title in (SHORT.title, "Another")
        assert library.model(1).weights
        assert len(library.curves(1).steps) == 6


def has_settings(folder: Path) -> None:
    settings = Ini(folder / "window.ini")
    settings.keep("theme", "light")
    settings.save()


def changes_settings(folder: Path) -> None:
    settings = Ini(folder / "window.ini")
    settings.keep("theme", "dark")
    settings.save()


def settings_whole(folder: Path, _told: Any) -> None:
    assert Ini(folder / "window.ini").value("theme") in ("light", "dark")
    assert not list(folder.glob("*.part"))


CASES = {
    "settings": Case(has_settings, changes_settings, settings_whole),
    "checkpoint": Case(has_checkpoint, keeps_checkpoint, checkpoint_whole),
    "export": Case(has_model, exports, export_whole),
    "batch": Case(has_pictures, cleans, pictures_whole),
    "library": Case(trained_before, edits, library_whole),
    "training": Case(trained_before, trains, library_holds),
    "training without checkpoints": Case(trained_before, trains_without_checkpoints, library_holds),
}
SOME = {"training": 7, "training without checkpoints": 7, "library": 5, "batch": 3}
"""Of so many failures one is tried in the ordinary tests, and other places as the work changes."""
WAYS = {
    "once": {},
    "from then on": {"lasts": True},
    "memory": {"memory": True},
    "no more memory": {"memory": True, "lasts": True},
}


def fail_at_each(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, *, lasts: bool = False, memory: bool = False
) -> int:
    """Does the work with a failure at every `step`-th place; how many places there were."""
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    case.prepare(fresh)
    monkeypatch.setattr(folders, "rescued", lambda: (tmp_path / "rescued", tmp_path / "nowhere"))
    shutil.copytree(fresh, tmp_path / "count")
    with failing(Faults(tmp_path / "count", 0, lasts, memory)) as faults:
        case.work(tmp_path / "count")
    places = len(faults.done)
    for at in range(1 + (step > 1) * (places % step), places + 1, step):
        folder = tmp_path / "work"
        shutil.copytree(fresh, folder)
        told: Any = None
        with failing(Faults(folder, at, lasts, memory)) as faults:
            try:
                told = case.work(folder)
            except StudioError as error:
                sentence(str(error))
            except MemoryError:  # the command line and the window say it in their own words
                assert memory
        try:
            case.look(folder, told)
        except Exception as error:
            error.add_note(f"after a failure at {at} of {places}: {faults.done[at - 1]}")
            raise
        shutil.rmtree(folder)
        with suppress(FileNotFoundError):
            shutil.rmtree(tmp_path / "rescued")
    return places


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.slow
def test_a_failure_anywhere_leaves_the_old_or_the_new_and_a_sentence(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = fail_at_each(CASES[name], tmp_path, monkeypatch, SOME.get(name, 1), **WAYS[way])
    assert places or (name == "settings" and "memory" in way)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SOME)
def test_a_failure_at_each_place_leaves_the_old_or_the_new_and_a_sentence(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fail_at_each(CASES[name], tmp_path, monkeypatch, 1, **WAYS[way])
