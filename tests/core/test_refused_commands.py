"""A command that is refused leaves nothing that was not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import Event, Finished
from tests.core.exports import model_file

TRAIN = ("train", "sparse-kl", "--device", "cpu", "--epochs", "1")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model, and one with two pictures."""
    monkeypatch.chdir(tmp_path)
    model_file().save(tmp_path / "model.safetensors")
    Path("in").mkdir()
    for name in ("a", "b"):
        Image.new("L", (16, 16), 100).save(f"in/{name}.png")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*TRAIN, "--set", "network.activation=relu", "--out", "new/run"), 2),
        ((*TRAIN, "--start", "missing.safetensors", "--out", "new/run"), 2),
        ((*TRAIN, "--start", "model.safetensors", "--out", "new/run", "--tensorboard", "new/logs"), 2),
        (("resume", "7", "--out", "new/run"), 2),
        (("denoise", "in", "-o", "new/out", "--model", "missing.safetensors"), 2),
        (("export", "one.safetensors", "two.safetensors", "--to", "safetensors", "-o", "new/models"), 1),
        (("export", "7", "8", "--to", "safetensors", "-o", "new/models"), 2),
    ],
)
def test_no_folder_is_left_where_nothing_was_written(
    arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(Path().rglob("*"))
    assert main(arguments) == code
    assert capsys.readouterr().err.startswith("aestudio: ")
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("there", [False, True])
def test_a_training_that_cannot_begin_leaves_neither_results_nor_logs(
    there: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nothing(*_given: object, **_more: object) -> Iterator[Event]:
        yield Finished("failed", 0, "There is no place.")

    monkeypatch.setattr("aestudio.commands.host.fit_into_library", nothing)
    if there:
        Path("new/run").mkdir(parents=True)
    before = sorted(Path().rglob("*"))
    assert main([*TRAIN, "--out", "new/run", "--tensorboard", "new/logs"]) == 2
    assert "There is no place." in capsys.readouterr().err
    assert sorted(Path().rglob("*")) == before


def test_a_training_that_cannot_begin_leaves_the_curves_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert main([*TRAIN, "--no-library", "--out", "run", "--quiet"]) == 0
    curves = Path("run/metrics.csv").read_bytes()
    assert curves
    monkeypatch.setattr("aestudio.commands.host.fit", lambda *_, **__: iter([Finished("failed", 0, "No.")]))
    assert main([*TRAIN, "--no-library", "--out", "run"]) == 2
    assert Path("run/metrics.csv").read_bytes() == curves


def test_weights_that_do_not_fit_leave_the_results_and_the_library_as_they_were(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*TRAIN, "--out", "run", "--quiet"]) == 0
    before = {path: path.read_bytes() for path in Path("run").iterdir()}
    capsys.readouterr()
    assert main([*TRAIN, "--start", "model.safetensors", "--out", "run"]) == 2
    assert "These weights cannot be started from" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path("run").iterdir()} == before
    with Library() as library:
        assert [one.id for one in library.runs()] == [1]


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert main([*TRAIN, "--set", "network.activation=relu", "--out", "run"]) == 2
    assert (tmp_path / "run").is_dir()


def test_what_a_folder_holds_that_was_made_stays_with_it(tmp_path: Path) -> None:
    assert main([*TRAIN, "--no-library", "--out", "new/run", "--quiet"]) == 0
    assert (tmp_path / "new" / "run" / "model.safetensors").exists()
