"""Names that are no UTF-8, which file systems of Linux hold: trained from, written to and exported to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aestudio.cli import main
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.ground.names import in_utf_8, read_path, shown_name, written_path
from aestudio.core.library.catalogue import Library
from aestudio.core.model import model_file
from aestudio.core.run.run import Run

pytestmark = pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are Unicode there")

ODD = os.fsdecode(b"mus\xe9e")


def album(folder: Path) -> Path:
    folder.mkdir()
    for number in range(4):
        values = np.random.default_rng(number).integers(0, 256, (16, 16), dtype=np.uint8)
        Image.fromarray(values).save(folder / f"{number}.png")
    (folder / os.fsdecode(b"caf\xe9.png")).write_text("no picture")
    return folder


@pytest.mark.parametrize("name", ["plain", "mit Leerzeichen", "100 %", "müsée", ODD])
def test_a_path_is_written_and_read_back_the_same(tmp_path: Path, name: str) -> None:
    text = written_path(str(tmp_path / name))
    text.encode()
    assert read_path(text) == tmp_path / name
    shown_name(name).encode()


def test_a_file_is_reached_by_a_name_of_utf_8(tmp_path: Path) -> None:
    for name in (ODD, "plain"):
        (tmp_path / name).write_bytes(b"content")
        with in_utf_8(tmp_path / name) as place:
            str(place).encode()
            assert place.read_bytes() == b"content"
    assert (tmp_path / ODD).read_bytes() == b"content"


def test_a_folder_with_such_a_name_is_trained_on_kept_and_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AESTUDIO_LIBRARY", str(tmp_path / "library"))
    folder, out = album(tmp_path / ODD), tmp_path / os.fsdecode(b"r\xe9sultat")
    assert main(["train", "undercomplete", "--data", str(folder), "--epochs", "1", "--out", str(out)]) == 0
    assert "not kept" not in capsys.readouterr().err
    with Library(tmp_path / "library") as library:
        (row,) = library.runs()
        assert row.state == "completed"
    run = Run.from_toml((out / "run.toml").read_text(encoding="utf-8"))
    assert isinstance(run.data, ImageFolder)
    again = run.data.load()
    assert again.name == "mus\\xe9e"
    assert [Path(one.path).name for one in again.skipped] == ["caf\\xe9.png"]
    assert model_file.load(out / "model.safetensors").run == run


@pytest.mark.parametrize("kind", ["onnx", "safetensors", "pt2", "script", "card"])
def test_an_export_to_such_a_name_is_checked_and_put_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    out = tmp_path / os.fsdecode(b"r\xe9sultat")
    train = ["train", "linear", "--epochs", "1", "--set", "data.held_out=0.9", "--no-library", "--out", str(out)]
    assert main(train) == 0
    ending = {"script": "", "card": ".html"}.get(kind, f".{kind}")
    made = tmp_path / os.fsdecode(b"mod\xe8le" + ending.encode())
    code = main(["export", str(out / "model.safetensors"), "--to", kind, "-o", str(made)])
    assert (code, made.exists()) == (0, True), capsys.readouterr().err
