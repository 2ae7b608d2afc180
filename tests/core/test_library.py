"""The run library: what it keeps of a training, what it tells of it, and putting runs in order."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground import compute
from aestudio.core.ground.errors import CheckpointError, LibraryError, ModelFileError, StudioError
from aestudio.core.library import recorder
from aestudio.core.library.beginning import begin, go_on
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.keeping import fit_and_keep
from aestudio.core.library.summary import STATES
from aestudio.core.model import model_file
from aestudio.core.model.model_file import some_samples
from aestudio.core.run.events import Changed, Evaluated, Event, Finished, Held, Progress, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training import checkpoint
from aestudio.core.training.checkpoint_folder import CheckpointFolder
from aestudio.core.training.controls import Controls
from aestudio.core.training.every import Every
from tests.core.conftest import small_dataset
from tests.core.trainings import (
    EACH_EPOCH,
    NEVER,
    NOISY,
    RUN,
    after_epoch,
    as_bytes,
    break_off,
    curves_of,
    damaged,
    keep,
    keep_until,
    last,
    points,
    scores,
    train,
    weights,
)

GREEDY = NOISY.with_value("network.widths", [12, 6]).with_value("schedule", {"kind": "greedy", "layer_epochs": 2})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library(folder) as opened:
        yield opened


def assert_holds(library: Library, number: int, whole: list[Event]) -> None:
    """Every loss point and every score that was said, to the last bit, in the order in which it was said."""
    curves = library.curves(number)
    kept: tuple[np.ndarray, ...] = (curves.steps, curves.terms, curves.weights)
    for held, said in zip(kept, curves_of(whole), strict=True):
        assert held.dtype == said.dtype
        assert held.tobytes() == said.tobytes()
    assert list(curves.evaluations) == scores(whole)
    phases: dict[str, int] = {}
    for event in whole:
        if isinstance(event, Progress):
            phases.setdefault(event.phase, event.first_step)
            assert curves.names == event.names
    assert curves.phases == tuple((first, phase) for phase, first in phases.items())


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_a_training_is_kept_with_all_that_it_said_and_made(folder: Path, library: Library) -> None:
    before = time.time()
    whole = keep(folder, GREEDY)
    began = whole[0]
    assert isinstance(began, Started)
    (summary,) = library.runs()
    assert summary.id == began.number == 1
    assert (summary.title, summary.note, summary.starred, summary.parent) == ("Twelve units", "", False, None)
    assert (summary.state, summary.error, summary.trashed) == ("completed", "", None)
    assert summary.seed == 0
    assert summary.fingerprint == small_dataset().fingerprint()
    assert summary.shape == (1, 8, 8)
    assert (summary.device, summary.machine) == (began.device, compute.machine())
    assert (summary.parameters, summary.step, summary.steps) == (began.parameters, 42, 42)
    assert summary.epoch == 7.0
    assert before <= summary.created <= summary.updated <= time.time()
    assert summary.seconds > 0
    held_out = [one for one in scores(whole) if one.split == "held-out"][-1]
    assert (summary.objective, summary.psnr) == (held_out.objective, held_out.scores["psnr"])
    assert library.run(1) == GREEDY
    assert library.run(1, as_it_began=True) == GREEDY
    assert_holds(library, 1, whole)


def test_the_model_of_a_run_is_what_it_ended_with(folder: Path, library: Library) -> None:
    whole = keep(folder)
    made = library.model(1)
    assert as_bytes(made.weights) == weights(whole)
    assert (made.run, made.shape, made.depth) == (RUN, (1, 8, 8), None)
    assert made.scores == scores(whole)[-1].scores
    assert made.samples is not None
    assert made.samples.equal(some_samples(small_dataset().held_out.images))
    assert len(made.curves.steps) == 18
    assert made.facts["data fingerprint"] == small_dataset().fingerprint()
    assert made.facts["steps"] == "18"
    saved = [event.path for event in whole if isinstance(event, Saved) and event.what == "model"]
    assert saved == [str(library.files(1) / MODEL)]
    assert as_bytes(model_file.load(Path(saved[0])).weights) == weights(whole)


def test_the_picture_of_a_run_is_a_png_and_its_samples_are_held_out_images(folder: Path, library: Library) -> None:
    keep(folder, RUN, small_dataset((3, 9, 11)))
    picture = library.thumbnail(1)
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert image.format == "PNG"
        image.load()
        assert (image.width, image.height) == (8 * 34 - 2, 2 * 32 + 2)
        assert len(image.getcolors(100_000) or []) > 10
    samples = library.samples(1)
    assert samples is not None
    assert samples.equal(some_samples(small_dataset((3, 9, 11)).held_out.images))


def test_each_run_has_samples_of_its_own(folder: Path, library: Library) -> None:
    shapes = [(1, 8, 8), (3, 9, 11), (1, 8, 8)]
    for shape in shapes:
        keep(folder, RUN.with_value("epochs", 1), small_dataset(shape))
    assert [tuple(library.samples(number).shape[1:]) for number in (1, 2, 3)] == shapes  # type: ignore[union-attr]
    assert [library.summary(number).shape for number in (1, 2, 3)] == shapes


def test_the_newest_two_checkpoints_stay_and_the_last_is_the_end(folder: Path, library: Library) -> None:
    whole = keep(folder, every=EACH_EPOCH)
    said = [Path(event.path) for event in whole if isinstance(event, Saved) and event.what == "checkpoint"]
    assert [path.stem for path in said] == [f"step-{step:09}" for step in (0, 6, 12, 18)]
    files = CheckpointFolder(library.files(1)).files()
    assert files == [said[3], said[2]]
    found = library.newest_checkpoint(1)
    assert found is not None
    assert found.checkpoint.position.step == 18
    assert as_bytes(found.checkpoint.weights) == weights(whole)
    summary = library.summary(1)
    assert summary.checkpoint_step == 18
    assert summary.checkpoint_bytes == library.checkpoint_bytes() == sum(file.stat().st_size for file in files)


def test_a_checkpoint_is_taken_at_every_stop(folder: Path, library: Library) -> None:
    whole = keep_until(folder, 8, every=NEVER)
    assert last(whole).reason == "stopped"
    assert (library.summary(1).state, library.summary(1).checkpoint_step, library.summary(1).resumable) == (
        *("stopped", 8),
        True,
    )
    assert as_bytes(library.newest_checkpoint(1).checkpoint.weights) == weights(whole)  # type: ignore[union-attr]


def test_a_stopped_run_has_the_scores_of_where_it_stopped(folder: Path, library: Library) -> None:
    whole = keep_until(folder, 8)
    scored = scores(whole)[-1]
    summary = library.summary(1)
    assert (scored.step, scored.split, summary.step) == (8, "held-out", 8)
    assert (summary.objective, summary.psnr) == (scored.objective, scored.scores["psnr"])
    assert library.model(1).scores == scored.scores
    assert library.curves(1).evaluations[-1] == scored


def test_a_run_that_nobody_waited_for_is_not_scored(folder: Path, library: Library) -> None:
    controls = Controls()
    for event in fit_and_keep(RUN, small_dataset(), controls, folder=folder):
        if isinstance(event, Evaluated) and event.epoch == 1:
            controls.hurry()
    summary = library.summary(1)
    assert (summary.state, summary.step) == ("stopped", 6)
    whole = train()
    assert (summary.psnr, summary.objective, library.model(1).scores) == (None, None, {})
    rest = keep(folder, number=1)
    assert weights(rest) == weights(whole)
    assert_holds(library, 1, whole)
    assert library.summary(1).psnr == scores(whole)[-1].scores["psnr"]


def test_an_untrained_network_lends_no_scores(folder: Path, library: Library) -> None:
    keep_until(folder, 0)
    assert (library.summary(1).psnr, library.model(1).scores) == (None, {})
    break_off(folder, after_epoch(0))
    assert library.summary(2).psnr is None


def test_keeping_a_training_does_not_change_it(folder: Path) -> None:
    assert points(keep(folder, GREEDY, every=EACH_EPOCH)) == points(train(GREEDY))


def test_a_live_change_is_in_the_points_the_checkpoint_and_the_final_run(folder: Path, library: Library) -> None:
    controls = Controls(paused=True)
    for _ in range(7):
        controls.step()
    whole: list[Event] = []
    for event in fit_and_keep(NOISY, small_dataset(), controls, folder=folder):
        whole.append(event)
        if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == 7:
            controls.use(NOISY.with_value("l1.weight", 0.3))
            controls.resume()
    curves = library.curves(1)
    assert curves.names == ("reconstruction", "l1")
    assert curves.weights[:7, 1].tolist() == [np.float32(0.1)] * 7
    assert curves.weights[7:, 1].tolist() == [np.float32(0.3)] * 11
    assert curves.changes == (Changed(7, {"penalties.l1.weight": (0.1, 0.3)}),)
    assert_holds(library, 1, whole)
    assert library.run(1) == NOISY.with_value("l1.weight", 0.3)
    assert library.run(1, as_it_began=True) == NOISY
    assert library.model(1).run == library.run(1)
    assert library.newest_checkpoint(1).checkpoint.run == library.run(1)  # type: ignore[union-attr]


def test_a_run_that_fails_is_kept_with_its_reason_and_its_last_finite_weights(folder: Path, library: Library) -> None:
    settings = {"network": {"kind": "linear"}, "optimiser": {"kind": "sgd", "learning_rate": 50.0}, "epochs": 50}
    whole = keep(folder, Run.from_settings(settings))
    summary = library.summary(1)
    assert (summary.state, summary.error) == ("failed", last(whole).error)
    assert "not finite at step" in summary.error
    assert_holds(library, 1, whole)
    assert as_bytes(library.model(1).weights) == weights(whole)


def test_a_run_that_cannot_be_set_up_is_kept_as_failed_without_a_model(folder: Path, library: Library) -> None:
    whole = keep(folder, RUN.with_value("loss", "cross-entropy").with_value("network.output", "identity"))
    assert last(whole).reason == "failed"
    assert (library.summary(1).state, library.summary(1).error) == ("failed", last(whole).error)
    assert not library.summary(1).resumable
    with pytest.raises(LibraryError, match="has left no model: it ended before it was first saved"):
        library.model(1)


def test_a_run_knows_which_one_it_was_trained_again_from(folder: Path, library: Library) -> None:
    keep(folder)
    keep(folder, parent=1)
    assert library.summary(2).parent == 1
    library.trash([1])
    library.empty_trash()
    assert library.summary(2).parent is None


def test_a_run_whose_forerunner_is_gone_is_kept_all_the_same(folder: Path, library: Library) -> None:
    whole = keep(folder, parent=7)
    assert [event for event in whole if isinstance(event, Warned)] == []
    assert library.summary(1).parent is None


def test_every_state_has_its_words() -> None:
    assert set(STATES) == {"training", "completed", "stopped", "failed", "interrupted"}


# -- while one trains --------------------------------------------------------------------------------------------------


def test_another_connection_lists_and_reads_while_one_trains(folder: Path) -> None:
    controls = Controls(paused=True)
    for _ in range(8):
        controls.step()
    with Library(folder) as reader:
        changes = reader.changes()
        looked = False
        for event in fit_and_keep(RUN, small_dataset(), controls, folder=folder, every=EACH_EPOCH):
            if isinstance(event, Progress) and event.first_step + len(event.terms) - 1 == 8:
                (summary,) = reader.runs()
                assert (summary.state, summary.resumable, summary.checkpoint_step) == ("training", False, 6)
                assert reader.changes() != changes
                steps = reader.curves(1).steps.tolist()  # all up to the checkpoint, and perhaps more
                assert steps == list(range(1, len(steps) + 1))
                assert len(steps) >= 6
                assert reader.model(1).facts["steps"] == "6"
                assert reader.interrupted() == []
                with pytest.raises(LibraryError, match="A run that is training cannot be deleted; stop it first"):
                    reader.trash([1])
                reader.rename(1, "Renamed while it trains")
                looked = True
                controls.resume()
        assert looked
        assert reader.summary(1).state == "completed"
        assert reader.model(1).run.title == "Renamed while it trains"
        assert model_file.load(reader.files(1) / MODEL).run.title == "Renamed while it trains"


def test_a_reader_in_another_thread_sees_only_whole_states_of_a_training(folder: Path) -> None:
    """Points are never fewer than the checkpoint has seen, steps have no gaps, and it is never taken for a dead one."""
    over = threading.Event()
    wrong: list[str] = []

    def look() -> None:
        try:
            with Library(folder) as reader:
                while not over.is_set():
                    if reader.interrupted():
                        wrong.append("called interrupted")
                    for summary in reader.runs():
                        at = summary.checkpoint_step or 0
                        steps = reader.curves(summary.id).steps
                        if len(steps) < at or not np.array_equal(steps, np.arange(1, len(steps) + 1)):
                            wrong.append(f"{len(steps)} points at a checkpoint of step {at}")
        except StudioError as error:
            wrong.append(str(error))

    thread = threading.Thread(target=look)
    thread.start()
    keep(folder, RUN.with_value("epochs", 20), every=EACH_EPOCH)
    over.set()
    thread.join()
    assert wrong == []


# -- a crash -----------------------------------------------------------------------------------------------------------


def test_a_training_whose_program_ended_is_found_as_interrupted(folder: Path, library: Library) -> None:
    break_off(folder, after_epoch(2), every=EACH_EPOCH)
    assert library.summary(1).state == "training"
    (found,) = library.interrupted()
    assert (found.id, found.state, found.resumable) == (1, "interrupted", True)
    assert library.interrupted() == [found]
    assert library.model(1).facts["steps"] == f"{found.checkpoint_step}"


def test_a_living_training_is_never_found_as_interrupted(folder: Path, library: Library) -> None:
    stream = fit_and_keep(RUN, small_dataset(), folder=folder)
    for event in stream:
        if isinstance(event, Evaluated) and event.epoch == 1:
            assert library.interrupted() == []
            assert library.summary(1).state == "training"
    assert library.interrupted() == []
    assert library.summary(1).state == "completed"


def test_a_training_that_ends_while_it_is_looked_for_is_not_called_interrupted(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is seen as training, and before its lock is tried it has written that it is complete."""
    stream = fit_and_keep(RUN, small_dataset(), folder=folder)
    next(stream)
    honest = Library.rows

    def slow(self: Library, query: str, *values: Any) -> Any:
        found = honest(self, query, *values)
        if self is library and "training" in query:
            list(stream)
        return found

    monkeypatch.setattr(Library, "rows", slow)
    assert library.interrupted() == []
    assert library.summary(1).state == "completed"


def test_a_checkpoint_that_the_database_has_not_heard_of_is_found(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program ended between the file and the row."""
    honest = CheckpointFolder.keep

    class Ended(BaseException):
        pass

    def ending(self: CheckpointFolder, made: checkpoint.Checkpoint, **options: Any) -> Path:
        honest(self, made, **options)
        raise Ended

    monkeypatch.setattr(CheckpointFolder, "keep", ending)
    with pytest.raises(Ended):
        keep(folder)
    monkeypatch.undo()
    assert library.summary(1).checkpoint_step is None
    (found,) = library.interrupted()
    assert (found.checkpoint_step, found.resumable) == (0, True)
    assert found.checkpoint_bytes == CheckpointFolder(library.files(1)).size() > 0


def test_what_was_half_written_is_cleared_away_once_nobody_can_be_writing(folder: Path, library: Library) -> None:
    break_off(folder, after_epoch(2), every=EACH_EPOCH)
    files = library.files(1)
    (files / ".aestudio-0123456789abcdef.part").write_bytes(b"half")
    library.interrupted()
    assert [path.name for path in files.iterdir() if path.suffix == ".part"] == []
    (files / ".aestudio-0123456789abcdef.part").write_bytes(b"half")
    keep(folder, number=1)
    assert [path.name for path in files.iterdir() if path.suffix == ".part"] == []


def test_a_crashed_training_whose_folder_is_gone_cannot_be_continued(folder: Path, library: Library) -> None:
    import shutil

    break_off(folder, after_epoch(2), every=EACH_EPOCH)
    shutil.rmtree(library.files(1))
    assert library.interrupted() == []
    summary = library.summary(1)
    assert (summary.state, summary.resumable, summary.checkpoint_bytes) == ("interrupted", False, 0)
    with pytest.raises(LibraryError, match="has left no model"):
        library.model(1)
    assert "has no checkpoint to continue from; train it again instead" in last(keep(folder, number=1)).error


def test_a_lock_that_may_not_be_touched_leaves_the_training_as_it_is(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's training: who cannot look does not know that it has ended."""
    from filelock import FileLock

    break_off(folder, after_epoch(2), every=EACH_EPOCH)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(FileLock, "acquire", denied)
    assert library.interrupted() == []
    assert library.summary(1).state == "training"
    assert library.summary(1).checkpoint_step is not None


def test_a_trashed_run_is_not_offered_as_interrupted(folder: Path, library: Library) -> None:
    break_off(folder, after_epoch(2), every=EACH_EPOCH)
    library.interrupted()
    library.trash([1])
    assert library.interrupted() == []
    library.restore([1])
    assert [one.id for one in library.interrupted()] == [1]


# -- going on ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [EACH_EPOCH, NEVER], ids=["each epoch", "never"])
@pytest.mark.parametrize("epoch", [1, 2, 3, 4])
def test_a_crashed_training_goes_on_as_if_it_had_never_stopped(
    epoch: int, every: Every, folder: Path, library: Library
) -> None:
    """What had been said after the checkpoint is forgotten and said again."""
    whole = train(GREEDY)
    broken = break_off(folder, after_epoch(epoch), GREEDY, every=every)
    rest = keep(folder, GREEDY, number=1)
    assert weights(rest) == weights(whole)
    assert as_bytes(library.model(1).weights) == weights(whole)
    assert points(broken).items() <= points(whole).items()
    assert_holds(library, 1, whole)
    summary = library.summary(1)
    assert (summary.state, summary.step, summary.steps, summary.epoch) == ("completed", 42, 42, 7.0)
    assert len(library.runs()) == 1


@pytest.mark.parametrize("stops", [(0,), (5,), (6,), (5, 0, 0, 3, 6, 1)], ids=str)
def test_a_chain_of_stops_ends_in_the_library_as_if_there_had_been_none(
    stops: tuple[int, ...], folder: Path, library: Library
) -> None:
    whole = train(NOISY)
    for index, more in enumerate(stops):
        part = keep_until(folder, more, NOISY, number=1 if index else None)
        assert (last(part).reason, last(part).error) == ("stopped", "")
        assert library.summary(1).checkpoint_step == last(part).step == sum(stops[: index + 1])
    rest = keep(folder, NOISY, number=1)
    assert weights(rest) == weights(whole)
    assert_holds(library, 1, whole)
    assert len([one for one in library.curves(1).evaluations if one.epoch == 0]) == 1


def test_time_spent_adds_up_over_stops(folder: Path, library: Library) -> None:
    keep_until(folder, 8)
    before = library.summary(1).seconds
    keep(folder, number=1)
    assert library.summary(1).seconds > before > 0


def test_time_spent_leaves_out_a_pause(folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(recorder, "time", SimpleNamespace(monotonic=lambda: now, time=time.time))
    controls = Controls(paused=True)
    for event in fit_and_keep(RUN, small_dataset(), controls, folder=folder, every=EACH_EPOCH):
        now += 1.0
        if isinstance(event, Held):
            now += 1000.0
            controls.resume()
    assert 1.0 < library.summary(1).seconds < 1000.0


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so(folder: Path, library: Library) -> None:
    whole = train(NOISY)
    break_off(folder, after_epoch(3), NOISY, every=EACH_EPOCH)
    newest, before = CheckpointFolder(library.files(1)).files()
    assert (newest.stem, before.stem) == ("step-000000012", "step-000000006")
    damaged(newest)
    rest = keep(folder, NOISY, number=1)
    assert isinstance(rest[0], Started)
    assert rest[0].resumed_at == 6
    assert isinstance(rest[1], Warned)
    assert rest[1].sentence == (
        "The checkpoint step-000000012.checkpoint is damaged: what it holds is not what was written. "
        "The training goes on from the one before, at step 6."
    )
    assert weights(rest) == weights(whole)
    assert_holds(library, 1, whole)


def test_falling_back_and_stopping_at_once_forgets_the_scores_too(folder: Path, library: Library) -> None:
    broken = break_off(folder, after_epoch(3), NOISY, every=EACH_EPOCH)
    damaged(CheckpointFolder(library.files(1)).files()[0])
    keep_until(folder, 0, NOISY, number=1)
    held_out = next(one for one in scores(broken) if one.split == "held-out" and one.epoch == 1)
    summary = library.summary(1)
    assert (summary.step, summary.epoch) == (6, 1.0)
    assert (summary.objective, summary.psnr) == (held_out.objective, held_out.scores["psnr"])
    assert library.model(1).scores == held_out.scores
    assert [path.stem for path in CheckpointFolder(library.files(1)).files()] == ["step-000000006"]


def test_with_damaged_checkpoints_only_it_does_not_go_on_and_nothing_is_forgotten(
    folder: Path, library: Library
) -> None:
    broken = break_off(folder, after_epoch(3), NOISY, every=EACH_EPOCH)
    for file in CheckpointFolder(library.files(1)).files():
        damaged(file)
    library.interrupted()
    before = library.curves(1)
    (only,) = keep(folder, NOISY, number=1)
    assert "No checkpoint of this run can be used." in last([only]).error
    assert library.summary(1).state == "interrupted"
    assert library.curves(1).terms.tobytes() == before.terms.tobytes()
    with pytest.raises(CheckpointError, match="No checkpoint of this run can be used"):
        library.model(1)
    assert broken


def test_a_completed_run_goes_on_for_more_epochs(folder: Path, library: Library) -> None:
    longer = NOISY.with_value("epochs", 5)
    keep(folder, NOISY)
    rest = keep(folder, longer, number=1)
    whole = train(longer)
    assert weights(rest) == weights(whole)
    assert_holds(library, 1, whole)
    summary = library.summary(1)
    assert (summary.state, summary.step, summary.steps) == ("completed", 30, 30)
    assert library.run(1) == longer
    assert library.run(1, as_it_began=True) == NOISY


REFUSED: dict[str, tuple[Run, Dataset, str]] = {
    "other data": (RUN, small_dataset(train=97), "are not those that this training began with"),
    "fewer epochs": (RUN.with_value("epochs", 1), small_dataset(), "has already gone beyond epoch 1"),
    "another network": (RUN.with_value("network.widths", [13]), small_dataset(), "another network.widths"),
    "another penalty": (RUN.with_value("l1.weight", 0.5), small_dataset(), "other penalties"),
    "another seed": (RUN.with_value("seed", 1), small_dataset(), "another seed"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_does_not_fit_is_refused_and_the_run_stays_as_it_was(how: str, folder: Path, library: Library) -> None:
    run, dataset, words = REFUSED[how]
    whole = keep_until(folder, 14, every=EACH_EPOCH)
    CheckpointFolder(library.files(1)).files()[0].unlink()  # so that there is something to be forgotten
    before = (library.summary(1), library.run(1), sorted(path.name for path in library.files(1).iterdir()))
    (only,) = keep(folder, run, dataset, number=1)
    assert words in last([only]).error
    assert last([only]).reason == "failed"
    assert (library.summary(1), library.run(1), sorted(p.name for p in library.files(1).iterdir())) == before
    assert_holds(library, 1, whole)
    assert last(keep(folder, number=1)).reason == "completed"  # nobody holds it


def test_a_run_that_is_not_there_cannot_go_on(folder: Path, library: Library) -> None:
    for number in (1, 0, -1, 2**63, 10**30):
        (only,) = keep(folder, number=number)
        assert last([only]).error == f"There is no run {number} in the library; `aestudio runs` lists them."
    assert library.runs() == []


def test_a_run_cannot_go_on_in_two_programs_at_once(folder: Path, library: Library) -> None:
    keep_until(folder, 8)
    stream = fit_and_keep(RUN, small_dataset(), folder=folder, number=1)
    assert isinstance(next(stream), Started)
    (only,) = keep(folder, number=1)
    assert last([only]).error == "This run is training in another window or program; it can go on in one only."
    assert last(list(stream)).reason == "completed"
    assert library.summary(1).state == "completed"
    assert points(train()).keys() == set(library.curves(1).steps.tolist())


def test_a_run_in_the_trash_comes_back_when_it_goes_on(folder: Path, library: Library) -> None:
    keep_until(folder, 8)
    library.trash([1])
    assert library.last() is None
    assert last(keep(folder, number=1)).reason == "completed"
    assert library.summary(1).trashed is None


def test_whatever_goes_wrong_before_the_first_step_the_model_that_there_was_stays(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the device has no room for the data: never the weights that a new network begins with."""
    from aestudio.core.training import telling as loop

    stopped = keep_until(folder, 8)

    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(loop, "Previewer", broken)
    end = last(keep(folder, number=1))
    monkeypatch.undo()
    assert end.reason == "failed"
    assert as_bytes(end.weights) == weights(stopped)
    assert as_bytes(library.model(1).weights) == weights(stopped)
    assert library.summary(1).state == "failed"
    rest = keep(folder, number=1)
    assert weights(rest) == weights(train())


def test_a_layer_by_layer_training_that_fails_at_once_knows_how_deep_it_got(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aestudio.core.training import telling as loop

    keep_until(folder, 8, GREEDY)
    assert library.model(1).depth == 1

    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(loop, "Previewer", broken)
    assert last(keep(folder, GREEDY, number=1)).depth == 1
    assert library.model(1).depth == 1


# -- which model is the newest -----------------------------------------------------------------------------------------


def test_an_interrupted_run_s_model_is_its_newest_checkpoint_and_not_that_of_an_earlier_stop(
    folder: Path, library: Library
) -> None:
    keep_until(folder, 3)
    break_off(folder, after_epoch(2), number=1, every=EACH_EPOCH)
    assert library.model(1).facts["steps"] == "6"
    library.interrupted()
    assert library.model(1).facts["steps"] == "6"
    assert (library.files(1) / MODEL).is_file()


def test_a_model_that_could_not_be_saved_at_a_stop_is_its_checkpoint(
    folder: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_until(folder, 3)

    def full(*_: object) -> None:
        raise ModelFileError("The model could not be saved: No space left on device. Choose another place.")

    monkeypatch.setattr(model_file.ModelFile, "save", full)
    stopped = keep_until(folder, 5, number=1)
    monkeypatch.undo()
    assert "No space left on device" in next(event for event in stopped if isinstance(event, Warned)).sentence
    assert last(stopped).step == 8
    assert as_bytes(library.model(1).weights) == weights(stopped)


def test_a_damaged_model_file_gives_way_to_the_newest_checkpoint(folder: Path, library: Library) -> None:
    whole = keep(folder)
    damaged(library.files(1) / MODEL)
    assert as_bytes(library.model(1).weights) == weights(whole)
    for file in CheckpointFolder(library.files(1)).files():
        file.unlink()
    with pytest.raises(ModelFileError, match=r"model\.safetensors is damaged"):
        library.model(1)


# -- putting in order --------------------------------------------------------------------------------------------------


@pytest.fixture
def three(folder: Path) -> Iterator[Library]:
    """Three complete runs."""
    for number in range(3):
        keep(folder, RUN.model_copy(update={"title": f"Run {number + 1}", "epochs": 1}))
    with Library(folder) as opened:
        yield opened


def test_the_newest_run_is_listed_first_and_pages_go_down(three: Library) -> None:
    assert [one.id for one in three.runs()] == [3, 2, 1]
    assert [one.id for one in three.runs(most=2)] == [3, 2]
    assert [one.id for one in three.runs(below=2, most=2)] == [1]


def test_a_title_a_note_and_a_star_are_kept(three: Library, folder: Path) -> None:
    three.rename(2, "  The best ")
    three.annotate(2, "Keep\nthis")
    three.star([2, 3])
    three.star([3], starred=False)
    with Library(folder) as again:
        summary = again.summary(2)
        assert (summary.title, summary.note, summary.starred) == ("The best", "Keep\nthis", True)
        assert again.run(2).title == again.model(2).run.title == "The best"
        assert not again.summary(3).starred
    assert all(word in three.summary(2).words for word in ("best", "keep", "#2", "completed", "digits"))


@pytest.mark.parametrize("title", ["", "  ", "\n\t"])
def test_an_empty_title_is_refused(three: Library, title: str) -> None:
    with pytest.raises(LibraryError, match="A run needs a title; type at least one letter"):
        three.rename(2, title)
    assert three.summary(2).title == "Run 2"


def test_the_last_run_is_the_one_that_was_trained_last(three: Library, folder: Path) -> None:
    assert three.last().id == 3  # type: ignore[union-attr]
    keep(folder, RUN.model_copy(update={"title": "Run 1", "epochs": 2}), number=1)
    assert three.last().id == 1  # type: ignore[union-attr]
    three.rename(2, "Touched last")
    three.star([2])
    assert three.last().id == 1  # type: ignore[union-attr]
    three.trash([1])
    assert three.last().id == 3  # type: ignore[union-attr]


def test_the_trash_gives_back_what_was_put_there(three: Library) -> None:
    three.trash([1, 3])
    assert [one.id for one in three.runs()] == [2]
    assert [one.id for one in three.runs(trashed=True)] == [3, 1]
    assert three.model(1).run.title == "Run 1"
    three.restore([3])
    assert [one.id for one in three.runs()] == [3, 2]
    assert three.summary(3).trashed is None


def test_emptying_the_trash_deletes_all_of_a_run_and_nothing_else(three: Library) -> None:
    folders = {number: three.files(number) for number in (1, 2, 3)}
    three.trash([1, 3])
    assert three.empty_trash() == 2
    assert [one.id for one in three.runs()] == [2]
    assert three.runs(trashed=True) == []
    assert [folders[number].exists() for number in (1, 2, 3)] == [False, True, False]
    for table in ("points", "evaluations", "pictures"):
        rows = three.connection.execute(f"SELECT DISTINCT run FROM {table}").fetchall()
        assert [row["run"] for row in rows] == [2]
    with pytest.raises(LibraryError, match="There is no run 1 in the library; `aestudio runs` lists them"):
        three.summary(1)
    assert three.empty_trash() == 0


def test_only_what_has_lain_in_the_trash_long_enough_is_deleted(
    three: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    three.trash([1])
    assert three.empty_trash(older_than_days=30) == 0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31 * 86_400)
    three.trash([2])
    assert three.empty_trash(older_than_days=30) == 1
    assert [one.id for one in three.runs(trashed=True)] == [2]


def test_a_run_that_comes_back_while_the_trash_is_emptied_stays(
    three: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    three.trash([1, 2])
    honest = Library.rows

    def slow(self: Library, query: str, *values: Any) -> Any:
        found = honest(self, query, *values)
        if "trashed <=" in query:
            monkeypatch.setattr(Library, "rows", honest)
            with Library(folder) as other:
                other.restore([2])
        return found

    monkeypatch.setattr(Library, "rows", slow)
    assert three.empty_trash() == 1
    assert [one.id for one in three.runs()] == [3, 2]
    assert three.model(2).run.title == "Run 2"


def test_numbers_are_never_used_again(three: Library, folder: Path) -> None:
    three.trash([3])
    three.empty_trash()
    began = keep(folder)[0]
    assert isinstance(began, Started)
    assert began.number == 4


# -- the recorder ------------------------------------------------------------------------------------------------------


def test_a_new_run_is_held_before_anybody_can_see_it(library: Library, folder: Path) -> None:
    recorder = begin(library, RUN, small_dataset())
    with Library(folder) as other:
        assert other.interrupted() == []
        assert other.summary(1).state == "training"
    recorder.close()
    recorder.close()
    assert library.interrupted() == []  # nothing to go on with
    assert library.summary(1).state == "interrupted"


def test_going_on_needs_a_checkpoint(library: Library) -> None:
    begin(library, RUN, small_dataset()).close()
    with pytest.raises(LibraryError, match="“Twelve units” has no checkpoint to continue from; train it again instead"):
        go_on(library, 1, small_dataset())


def test_without_other_settings_a_run_goes_on_with_those_of_its_checkpoint(library: Library, folder: Path) -> None:
    keep_until(folder, 8)
    recorder = go_on(library, 1, small_dataset())
    assert recorder.resume is not None
    assert recorder.resume.run == RUN
    recorder.close()


def test_points_are_written_every_second_for_others_to_read(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock of the test's own."""
    now = [100.0]
    monkeypatch.setattr("aestudio.core.library.recorder.time.monotonic", lambda: now[0])
    controls = Controls(paused=True)
    seen: list[int] = []
    controls.step()
    for event in fit_and_keep(RUN, small_dataset(), controls, folder=folder, every=NEVER):
        if isinstance(event, Progress):
            seen.append(len(library.curves(1).steps))
            now[0] += 0.6
            controls.stop() if len(seen) == 5 else controls.step()
    assert seen == [0, 0, 3, 3, 5]


def test_a_picture_is_made_every_minute_while_it_trains(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("aestudio.core.library.recorder.time.monotonic", lambda: now[0])
    pictures: list[bytes | None] = []
    for event in fit_and_keep(RUN, small_dataset(), folder=folder, every=EACH_EPOCH):
        if isinstance(event, Saved) and event.what == "checkpoint":
            pictures.append(library.thumbnail(1))
            now[0] += 61
    assert [picture is not None for picture in pictures] == [False, True, True, True]
    assert len(set(pictures)) == 4
    assert library.thumbnail(1) is not None


def test_a_picture_that_cannot_be_made_is_told_and_nothing_else_is_lost(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aestudio.core.library import recorder as module

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError("of the test")

    monkeypatch.setattr(module, "thumbnail", broken)
    monkeypatch.setattr(module, "PICTURE_SECONDS", 0.0)
    whole = keep(folder, every=EACH_EPOCH)
    assert [type(event) for event in whole if isinstance(event, Saved)] == [Saved] * 5
    assert last(whole).reason == "completed"
    assert any("picture" in event.sentence for event in whole if isinstance(event, Warned))
    assert as_bytes(library.model(1).weights) == weights(whole)


def test_rows_say_which_stretch_had_which_weights(library: Library, folder: Path) -> None:
    """Whatever the weights do: they are kept as the float32 that they were."""
    recorder = begin(library, RUN, small_dataset())
    rng = np.random.default_rng(0)
    changing = rng.integers(0, 2, (40, 2)).astype(np.float32) * np.float32(0.1)
    terms = rng.standard_normal((40, 2)).astype(np.float32)
    terms[3, 1] = np.float32(1e-42)  # not normal
    terms[4, 0] = np.finfo(np.float32).max
    said: list[Event] = [
        Progress(1, 0.5, 1, "layer 1", ("a", "b"), terms[:15], changing[:15], 1.0, 1.0),
        Progress(16, 0.5, 1, "layer 1", ("a", "b"), terms[15:20], changing[15:20], 1.0, 1.0),
        Progress(21, 0.5, 1, "layer 2", ("a", "b"), terms[20:], changing[20:], 1.0, 1.0),
    ]
    list(recorder.record(iter([*said, Finished("failed", 40)])))
    curves = library.curves(1)
    assert curves.terms.tobytes() == terms.tobytes()
    assert curves.weights.tobytes() == changing.tobytes()
    assert curves.phases == ((1, "layer 1"), (21, "layer 2"))


def test_summaries_are_plain_data(folder: Path, library: Library) -> None:
    from dataclasses import asdict

    keep(folder)
    assert json.loads(json.dumps(asdict(library.summary(1))))["title"] == "Twelve units"
