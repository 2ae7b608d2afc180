"""Several models exported into one folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.export.format import Exported
from aestudio.core.export.several import Refused, Wanted, export_several, named
from aestudio.core.ground.errors import ExportError, ModelFileError
from aestudio.core.model.model_file import ModelFile
from tests.core.exports import format_of, model_file


def broken() -> ModelFile:
    raise ModelFileError("It is damaged.")


def test_one_that_cannot_be_exported_does_not_keep_the_others_back(tmp_path: Path) -> None:
    wanted = [Wanted("one", model_file), Wanted("two", broken), Wanted("three", model_file)]
    said: list[float | None] = []
    folder = tmp_path / "new" / "models"
    done = export_several(wanted, format_of("safetensors"), folder, report=lambda _doing, part: said.append(part))
    assert [type(one) for one in done] == [Exported, Refused, Exported]
    assert done[1] == Refused("two", "It is damaged.")
    assert sorted(path.name for path in folder.iterdir()) == ["one.safetensors", "three.safetensors"]
    parts = [part for part in said if part is not None]
    assert parts == sorted(parts)


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be used"):
        export_several([Wanted("one", broken)], format_of("safetensors"), tmp_path / "file" / "below")


def test_a_run_is_called_by_its_number_and_its_title() -> None:
    assert named(12, "Sparse autoencoder, KL") == "0012-sparse-autoencoder-kl"
    assert named(3, "…") == "0003-model"


def test_the_command_line_takes_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        model_file().save(tmp_path / f"{name}.safetensors")
    (tmp_path / "c.safetensors").write_bytes(b"nothing")
    models = [str(tmp_path / f"{name}.safetensors") for name in "abc"]
    out = str(tmp_path / "out")
    assert main(["export", *models[:2], "--to", "safetensors", "-o", out, "--json"]) == 0
    written = [json.loads(line)["path"] for line in capsys.readouterr().out.splitlines()]
    assert [Path(path).name for path in written] == ["a.safetensors", "b.safetensors"]
    assert main(["export", *models, "--to", "safetensors", "-o", out, "--quiet"]) == 1
    assert capsys.readouterr().err.startswith("aestudio: c: ")


def test_models_of_one_name_are_called_after_their_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("r1", "r2"):
        (tmp_path / name).mkdir()
        model_file().save(tmp_path / name / "model.safetensors")
    models = [str(tmp_path / name / "model.safetensors") for name in ("r1", "r2")]
    out = tmp_path / "out"
    for times in (0, 2):
        assert main(["export", *models, "--to", "safetensors", "-o", str(out)]) == 0
        assert capsys.readouterr().out.count("was there before, and has been replaced.") == times
    assert sorted(path.name for path in out.iterdir()) == ["r1-model.safetensors", "r2-model.safetensors"]


def test_what_would_be_written_to_one_place_twice_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model_file().save(tmp_path / "model.safetensors")
    twice = [str(tmp_path / "model.safetensors")] * 2
    out = tmp_path / "out"
    assert main(["export", *twice, "--to", "safetensors", "-o", str(out)]) == 2
    assert "More than one model would be written as" in capsys.readouterr().err
    assert not out.exists()


def test_no_model_is_written_over_one_that_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = [tmp_path / f"{name}.safetensors" for name in "ab"]
    for path in models:
        model_file().save(path)
    before = [path.read_bytes() for path in models]
    assert main(["export", *map(str, models), "--to", "safetensors", "-o", str(tmp_path)]) == 2
    assert "a.safetensors is a model that is to be exported; choose another place." in capsys.readouterr().err
    assert [path.read_bytes() for path in models] == before
