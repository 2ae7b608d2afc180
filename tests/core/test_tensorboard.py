"""What a run said, read back by TensorBoard itself; and what becomes of it on a disk that is full."""

from __future__ import annotations

import errno
import gc
import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator, ScalarEvent
from tensorboard.plugins.hparams import metadata
from tensorboardX.record_writer import masked_crc32c

from aestudio.core.data.dataset import Dataset
from aestudio.core.ground.errors import RunError
from aestudio.core.ground.records import framed
from aestudio.core.run.events import Evaluated, Event, Finished, Preview, Progress, Saved, Started, Warned
from aestudio.core.run.run import Run
from aestudio.core.training.checkpoint import Checkpoint
from aestudio.core.training.controls import Controls
from aestudio.core.training.fit import fit
from aestudio.core.training.tensorboard import MOST_VALUES, TensorBoard
from tests.core.conftest import small_dataset

ROOT = Path(__file__).parents[2]
RUN = (
    Run(title="Of the test", epochs=3, batch_size=16)
    .with_value("network.widths", [12])
    .with_value("kl-sparsity.weight", 0.3)
    .with_value("l1.weight", 0.01)
)
Kind = TypeVar("Kind")
EVERYTHING = {"scalars": 0, "histograms": 0, "tensors": 0}


def shown(folder: Path) -> EventAccumulator:
    """The folder as TensorBoard reads it."""
    return EventAccumulator(str(folder), size_guidance=EVERYTHING).Reload()


def points(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in shown(folder).Scalars(tag)]


def texts(folder: Path, tag: str) -> list[tuple[int, str]]:
    return [(one.step, one.tensor_proto.string_val[0].decode()) for one in shown(folder).Tensors(tag)]


def told(folder: Path, events: Iterable[Event]) -> list[Event]:
    """Every event, each of them read by a TensorBoard of its own folder; none could not be written."""
    seen = []
    with TensorBoard(folder) as board:
        for event in events:
            board.read(event)
            seen.append(event)
    assert board.trouble == ""
    return seen


def of(kind: type[Kind], events: Iterable[Event]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


class KeepsOne:
    """Takes one checkpoint after a number of epochs, and the one at the end."""

    def __init__(self, after: int) -> None:
        self._after = after
        self.kept: list[Checkpoint] = []

    def due(self, epoch: int) -> bool:
        return epoch == self._after and not self.kept

    def keep(self, checkpoint: Checkpoint) -> Path:
        self.kept.append(checkpoint)
        return Path("kept")


class Filling(io.RawIOBase):
    """A file on a disk that has room for so many bytes."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed with this one
        self._room = room

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        fits = min(len(content), self._room)
        if not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room -= fits
        return self._file.write(content[:fits])

    def close(self) -> None:
        self._file.close()
        super().close()


# -- curves ------------------------------------------------------------------------------------------------------------


def test_every_step_s_terms_and_the_objective_are_there_to_the_last_bit(small: Dataset, tmp_path: Path) -> None:
    events = of(Progress, told(tmp_path, fit(RUN, small)))
    names = events[0].names
    assert names == ("reconstruction", "kl-sparsity", "l1")
    steps = [event.first_step + row for event in events for row in range(len(event.terms))]
    assert steps == list(range(1, 19))
    for column, name in enumerate(names):
        raw = [value for event in events for value in event.terms[:, column].tolist()]
        weighted = [value for event in events for value in event.weighted[:, column].tolist()]
        assert points(tmp_path, f"train/{name}") == list(zip(steps, raw, strict=True))
        assert points(tmp_path, f"train weighted/{name}") == list(zip(steps, weighted, strict=True))
    objective = [value for event in events for value in event.weighted.sum(1).tolist()]
    assert points(tmp_path, "train/objective") == list(zip(steps, objective, strict=True))


def test_averages_and_scores_of_each_epoch_are_there(small: Dataset, tmp_path: Path) -> None:
    events = of(Evaluated, told(tmp_path, fit(RUN, small)))
    tags = set(shown(tmp_path).Tags()["scalars"])
    for split, group in (("held-out", "held-out"), ("train", "epoch mean")):
        evaluated = [event for event in events if event.split == split]
        assert [event.step for event in evaluated] == [0, 6, 12, 18][split == "train" :]
        wanted = {f"{group}/objective": [event.objective for event in evaluated]}
        for name in evaluated[0].terms | evaluated[0].scores:
            wanted[f"{group}/{name}"] = [(event.terms | event.scores)[name] for event in evaluated]
        for name in evaluated[0].weighted:
            wanted[f"{group} weighted/{name}"] = [event.weighted[name] for event in evaluated]
        assert {tag for tag in tags if tag.startswith(group)} == set(wanted)
        for tag, values in wanted.items():
            steps = [event.step for event in evaluated]
            assert points(tmp_path, tag) == list(zip(steps, np.array(values, np.float32).tolist(), strict=True)), tag


def test_a_point_s_time_is_when_it_was_told(small: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000_000, 2_000_000))
    monkeypatch.setattr("aestudio.core.training.tensorboard.time.time", lambda: float(next(clock)))
    events = told(tmp_path, fit(RUN, small))
    # The first two looks at the clock are for the file's name and its first record.
    times = {id(event): 1_000_002.0 + index for index, event in enumerate(events)}
    seen: list[ScalarEvent] = shown(tmp_path).Scalars("train/objective")
    assert [point.wall_time for point in seen] == [
        times[id(event)] for event in of(Progress, events) for _ in event.terms
    ]
    assert [point.wall_time for point in shown(tmp_path).Scalars("held-out/psnr")] == [
        times[id(event)] for event in of(Evaluated, events) if event.split == "held-out"
    ]


def test_what_an_epoch_said_can_be_seen_before_the_next_one(small: Dataset, tmp_path: Path) -> None:
    seen = []
    with TensorBoard(tmp_path) as board:
        for event in fit(RUN, small):
            board.read(event)
            if isinstance(event, Evaluated) and event.split == "held-out" and event.step:
                seen.append((len(points(tmp_path, "train/objective")), len(points(tmp_path, "held-out/psnr"))))
    assert seen == [(6, 2), (12, 3), (18, 4)]


# -- settings ----------------------------------------------------------------------------------------------------------


def test_a_rate_that_changes_at_every_step_is_there_at_every_step(small: Dataset, tmp_path: Path) -> None:
    run = RUN.with_value("rate", "one-cycle")
    told(tmp_path, fit(run, small))
    rates = [run.optimiser.learning_rate * run.rate.factor(step / 18) for step in range(18)]
    wanted = list(zip(range(1, 19), np.array(rates, np.float32).tolist(), strict=True))
    assert points(tmp_path, "settings/learning rate") == wanted


def test_settings_that_stand_still_get_a_point_an_epoch(small: Dataset, tmp_path: Path) -> None:
    told(tmp_path, fit(RUN, small))
    rate = float(np.float32(RUN.optimiser.learning_rate))
    assert points(tmp_path, "settings/learning rate") == [(step, rate) for step in (1, 6, 12, 18)]
    assert [step for step, _ in points(tmp_path, "settings/weight of l1")] == [1, 6, 12, 18]
    assert "settings/weight of reconstruction" not in shown(tmp_path).Tags()["scalars"]


def test_a_live_change_is_a_step_of_the_curve_not_a_slope(small: Dataset, tmp_path: Path) -> None:
    controls = Controls(paused=True)
    controls.step()

    def events() -> Iterator[Event]:
        for event in fit(RUN, small, controls):
            yield event
            if isinstance(event, Progress):
                if event.first_step == 4:
                    controls.use(RUN.with_value("l1.weight", 2.0).with_value("optimiser.learning_rate", 0.5))
                controls.stop() if event.first_step == 5 else controls.step()

    told(tmp_path, events())
    before = float(np.float32(0.01))
    assert points(tmp_path, "settings/weight of l1") == [(1, before), (4, before), (5, 2.0)]
    assert [step for step, _ in points(tmp_path, "settings/weight of kl-sparsity")] == [1, 5]
    assert [step for step, _ in points(tmp_path, "settings/learning rate")] == [1, 4, 5]
    assert points(tmp_path, "settings/learning rate")[-1] == (5, 0.5)


def test_the_run_is_there_as_a_recipe_that_can_be_trained_again(small: Dataset, tmp_path: Path) -> None:
    run = RUN.model_copy(update={"explanation": "Two lines,\n\n```\nand a fence."})
    told(tmp_path, fit(run, small))
    ((step, text),) = texts(tmp_path, "run")
    assert step == 0
    assert text.startswith("**Of the test**\n\nCPU")
    assert Run.from_toml(recipe(text)) == run


def test_settings_changed_while_training_are_told_at_the_end(small: Dataset, tmp_path: Path) -> None:
    controls = Controls()
    controls.use(RUN.with_value("kl-sparsity.target", 0.25))
    told(tmp_path, fit(RUN, small, controls))
    (_, first), (step, text) = texts(tmp_path, "run")
    assert step == 18
    assert text.startswith("**Completed** after 18 steps")
    assert Run.from_toml(recipe(first)) == RUN
    assert Run.from_toml(recipe(text)) == RUN.with_value("kl-sparsity.target", 0.25)


def recipe(text: str) -> str:
    """The part of a Markdown text that is indented."""
    return textwrap.dedent(text[text.index("\n\n    ") + 2 :])


def test_the_settings_are_the_columns_of_the_hparams_page(small: Dataset, tmp_path: Path) -> None:
    run = RUN.with_value("network.widths", [12, 4])
    told(tmp_path, fit(run, small))
    held = shown(tmp_path).PluginTagToContent("hparams")
    start = metadata.parse_session_start_info_plugin_data(held[metadata.SESSION_START_INFO_TAG])
    columns = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    assert columns["kl-sparsity.weight"] == 0.3
    assert columns["network.widths"] == "12,4"
    assert columns["network.tied"] is False
    assert columns["optimiser.kind"] == "adam"
    assert (columns["epochs"], columns["seed"]) == (3, 0)
    assert not {"title", "explanation", "citation"} & set(columns)
    for path, value in columns.items():  # each is a setting that --set takes; another kind resets its neighbours
        if path.endswith(".kind"):
            continue
        assert run.with_value(path, value.split(",") if path == "network.widths" else value) == run, path
    # A list of the columns would be the first run's, and hide what only others have.
    assert metadata.EXPERIMENT_TAG not in held


@pytest.mark.parametrize(("reason", "status"), [("completed", 1), ("stopped", 1), ("failed", 2)])
def test_the_hparams_page_tells_how_a_run_ended(small: Dataset, tmp_path: Path, reason: str, status: int) -> None:
    first, *_ = fit(RUN, small)
    said = "The loss was not finite." if reason == "failed" else ""
    told(tmp_path, [first, Finished(reason, 7, said, RUN)])  # type: ignore[arg-type]
    held = shown(tmp_path).PluginTagToContent("hparams")
    assert metadata.parse_session_end_info_plugin_data(held[metadata.SESSION_END_INFO_TAG]).status == status
    assert [said in text for step, text in texts(tmp_path, "run") if step == 7] == [True] * (reason == "failed")


def test_a_warning_is_there_in_words(small: Dataset, tmp_path: Path) -> None:
    events: list[Event] = []
    for event in fit(RUN, small):
        events.append(event)
        if isinstance(event, Evaluated) and event.step == 6:
            events.append(Warned("The checkpoint could not be written."))
    told(tmp_path, events)
    assert texts(tmp_path, "warnings") == [(6, "The checkpoint could not be written.")] * 2


# -- activations -------------------------------------------------------------------------------------------------------


def test_every_preview_is_a_histogram_of_its_code(small: Dataset, tmp_path: Path) -> None:
    controls = Controls(paused=True)
    controls.ask_for_preview()

    def events() -> Iterator[Event]:
        for event in fit(RUN, small, controls):
            yield event
            if isinstance(event, Preview) and event.step < 3:
                controls.step()
            elif isinstance(event, Preview):
                controls.stop()

    previews = of(Preview, told(tmp_path, events()))
    histograms = shown(tmp_path).Histograms("activations/code")
    assert [one.step for one in histograms] == [one.step for one in previews]
    assert {0, 1, 2, 3} <= {one.step for one in histograms}
    for one, preview in zip((one.histogram_value for one in histograms), previews, strict=True):
        code = preview.code.astype(np.float64)
        assert (one.num, one.min, one.max) == (code.size, code.min(), code.max())
        assert one.sum == pytest.approx(code.sum())
        assert one.sum_squares == pytest.approx((code**2).sum())
        for limit, upto in zip(one.bucket_limit, np.cumsum(one.bucket), strict=True):
            assert np.count_nonzero(code < limit) <= upto <= np.count_nonzero(code <= limit)


def test_a_histogram_of_a_large_code_counts_whole_images(tmp_path: Path) -> None:
    code = np.tile(np.linspace(0, 1, 4096, dtype=np.float32), (256, 1))
    ((one,), _) = histograms_of(tmp_path, code)
    assert one.num == MOST_VALUES
    assert one.bucket == [1024] * 64


def test_activations_that_are_not_finite_are_not_counted(tmp_path: Path) -> None:
    code = np.array([[np.nan, 1.0], [np.inf, 3.0]], np.float32)
    nothing = np.full((2, 2), np.nan, np.float32)
    dead = np.zeros((2, 2), np.float32)
    (two, zeros), trouble = histograms_of(tmp_path, code, nothing, dead)
    assert (two.num, two.min, two.max) == (2, 1, 3)
    assert (zeros.num, zeros.min, zeros.max) == (4, 0, 0)
    assert trouble == ""


def histograms_of(folder: Path, *codes: NDArray[np.float32]) -> tuple[list[Any], str]:
    """What TensorBoard shows of Previews with these codes."""
    small = small_dataset()
    first, *_ = fit(RUN, small)
    none = np.zeros((0, 1, 8, 8), np.float32)
    with TensorBoard(folder) as board:
        board.read(first)
        for step, code in enumerate(codes):
            board.read(Preview(step, "end to end", none, none, none, code, code, 1, RUN, {}))
    return [one.histogram_value for one in shown(folder).Histograms("activations/code")], board.trouble


# -- going on, and beginning anew --------------------------------------------------------------------------------------


def test_a_training_that_goes_on_hides_the_steps_after_its_checkpoint(small: Dataset, tmp_path: Path) -> None:
    keeper = KeepsOne(2)
    whole = told(tmp_path / "whole", fit(RUN, small))
    told(tmp_path / "resumed", fit(RUN, small, keeper=keeper))
    kept, _ = keeper.kept
    assert kept.position.step == 12
    events = told(tmp_path / "resumed", fit(RUN, small, resume=kept))
    assert isinstance(events[0], Started)
    assert events[0].resumed_at == 12
    assert len(list((tmp_path / "resumed").iterdir())) == 2
    for tag in ("train/objective", "train weighted/l1", "held-out/mse", "epoch mean/reconstruction"):
        assert points(tmp_path / "resumed", tag) == points(tmp_path / "whole", tag), tag
    assert len(of(Progress, whole)) >= 3  # more where the machine is busy
    assert [step for step, _ in texts(tmp_path / "resumed", "run")] == [0, 12]


def test_what_was_said_before_a_checkpoint_is_not_lost_with_a_killed_program(small: Dataset, tmp_path: Path) -> None:
    seen = []
    with TensorBoard(tmp_path) as board:
        for event in fit(RUN, small, keeper=KeepsOne(1)):
            board.read(event)
            if isinstance(event, Saved):
                seen.append(len(points(tmp_path, "train/objective")))
    assert seen == [6, 18]


def test_a_new_training_in_the_same_folder_takes_the_place_of_the_old_one(small: Dataset, tmp_path: Path) -> None:
    told(tmp_path, fit(RUN, small))
    events = told(tmp_path, fit(RUN.with_value("seed", 1).with_value("epochs", 1), small))
    objective = [value for event in of(Progress, events) for value in event.weighted.sum(1).tolist()]
    assert points(tmp_path, "train/objective") == list(zip(range(1, 7), objective, strict=True))


# -- what can go wrong -------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for taken in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RunError, match=r"^The folder '.*' cannot be written to: \w.*\.$"):
            TensorBoard(taken)

    def denied(path: Path, *_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", denied)  # root may write anywhere
    with pytest.raises(RunError, match="cannot be written to: Permission denied"):
        TensorBoard(tmp_path / "denied")


def test_a_full_disk_is_noticed_before_training_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "open", lambda path, _: io.BufferedWriter(Filling(path, 10)))
    with pytest.raises(RunError, match=f"cannot be written to: {os.strerror(errno.ENOSPC)}"):
        TensorBoard(tmp_path / "full")
    assert not (tmp_path / "full").exists()


@pytest.mark.parametrize("room", [500, 2500, 5000])
def test_a_disk_that_fills_up_while_training_is_remembered_and_training_goes_on(
    small: Dataset, tmp_path: Path, room: int
) -> None:
    board = TensorBoard(tmp_path)
    board.file.close()
    board.file = io.BufferedWriter(Filling(board.path, room))
    events = []
    for event in fit(RUN, small):
        board.read(event)
        events.append(event)
        if board.trouble:
            size = board.path.stat().st_size
    board.close()
    assert board.trouble == (
        f"{board.path} could not be written: {os.strerror(errno.ENOSPC)}. TensorBoard shows what came before."
    )
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "completed"
    assert board.path.stat().st_size == size  # nothing more was tried
    known = [value for event in of(Progress, events) for value in event.weighted.sum(1).tolist()]
    tags = shown(tmp_path).Tags()["scalars"]
    there = points(tmp_path, "train/objective") if "train/objective" in tags else []
    assert there == list(enumerate(known, start=1))[: len(there)]
    assert there or room < 5000


def test_a_disk_that_is_full_only_when_the_file_is_ended_is_remembered_too(small: Dataset, tmp_path: Path) -> None:
    first, *_ = fit(RUN, small)
    with TensorBoard(tmp_path) as board:
        board.read(first)
        board.file.close()
        board.file = io.BufferedWriter(Filling(board.path, 10))
        board.read(Warned("This waits in the buffer."))
        assert board.trouble == ""
    assert "could not be written" in board.trouble


def test_a_folder_into_which_no_run_began_gets_no_file(tmp_path: Path) -> None:
    with TensorBoard(tmp_path / "none") as board:
        assert board.path.exists()
        board.read(Finished("failed", 0, "These do not fit together."))
    assert not (tmp_path / "none").exists()


def test_a_folder_is_let_go_of_at_the_end(small: Dataset, tmp_path: Path) -> None:
    first, *_ = fit(RUN, small)
    with TensorBoard(tmp_path / "logs") as board:
        board.read(first)
    board.path.unlink()  # the person tidies up while the program still runs
    del board
    gc.collect()
    assert (tmp_path / "logs").is_dir()


def test_what_comes_after_the_end_is_not_written(small: Dataset, tmp_path: Path) -> None:
    first, *_ = fit(RUN, small)
    with TensorBoard(tmp_path) as board:
        board.read(first)
    board.close()
    board.read(Warned("too late"))
    assert board.trouble == ""
    assert "warnings" not in shown(tmp_path).Tags()["tensors"]


# -- the format --------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(4, 3000), max_size=4), st.randoms(use_true_random=False))
def test_records_are_framed_as_tensorboard_checks_them(sizes: list[int], random: st.Random) -> None:  # type: ignore[name-defined]
    records = [random.randbytes(size) for size in sizes for _ in range(2)]
    wanted = b""
    for record in records:
        length = len(record).to_bytes(8, "little")
        for part in (length, record):
            wanted += part + masked_crc32c(part).to_bytes(4, "little")
    assert framed(records) == wanted


def test_writing_needs_no_tensorboard_and_says_nothing(tmp_path: Path) -> None:
    code = "import sys; sys.modules['tensorboard'] = None; import aestudio.core.training.tensorboard"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
