"""`aestudio export`: what it prints, what it writes, and with which code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aestudio.cli import main
from aestudio.core.export import run_script
from aestudio.core.export.format import Format
from aestudio.core.model.trained import Model
from aestudio.core.parts.slots import options
from tests.core.exports import model_file


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a model in it. Scripts are not run: that takes seconds."""
    model_file().save(tmp_path / "model.safetensors")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_script, "largest_difference", lambda *_: 2e-7)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 2) -> str:
    """An export that cannot work: one line on standard error, nothing on the other, no new file."""
    before = sorted(Path().rglob("*"))
    try:
        ended = main(["export", *arguments])
    except SystemExit as end:  # argparse's way
        ended = end.code  # type: ignore[assignment]
    said = capsys.readouterr()
    assert ended == code
    assert said.out == ""
    assert said.err.startswith("aestudio")
    assert said.err.count("\n") == 1
    assert said.err.endswith((".\n", "?\n"))
    assert sorted(Path().rglob("*")) == before
    return said.err


def test_it_tells_what_was_written_the_parity_and_how_to_run_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "model.safetensors", "--to", "onnx", "-o", "out.onnx"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0] == f"Wrote {Path('out.onnx').absolute()}"
    assert lines[1].startswith("Largest difference from the model on held-out images: ")
    assert lines[1].endswith("e-07 (at most 1e-05 is accepted)") or lines[1].endswith(
        "e-08 (at most 1e-05 is accepted)"
    )
    assert lines[2].startswith("Height and width are fixed at 8×8")
    assert [line for line in lines if line in ("Python:", "C++:", "JavaScript:")] == ["Python:", "C++:", "JavaScript:"]
    assert '    session = onnxruntime.InferenceSession("out.onnx")' in lines


def test_quiet_leaves_the_lines_of_code_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "model.safetensors", "--to", "safetensors", "-o", "weights.safetensors", "--quiet"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Wrote {Path('weights.safetensors').absolute()}",
        "The weights were read back and are the same to the last bit.",
    ]


@pytest.mark.parametrize(("kind", "out"), [("pt2", "out.pt2"), ("safetensors", "w.safetensors"), ("script", "folder")])
def test_json_is_one_object_of_all_that_is_known(kind: str, out: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "model.safetensors", "--to", kind, "--out", out, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.count("\n") == 1
    told = json.loads(said.out, parse_constant=pytest.fail)
    assert told["path"] == str(Path(out).absolute())
    assert (told["format"], told["part"]) == (kind, "autoencoder")
    assert told["bytes"] == sum(Path(file).stat().st_size for file in told["files"])
    assert told["parity"] is None if kind == "safetensors" else 0 <= told["parity"] <= 1e-5
    assert all(isinstance(note, str) for note in told["notes"])
    assert {one["language"] for one in told["snippets"]} <= {"Python", "C++", "JavaScript", "Shell"}


def test_a_part_by_itself_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "model.safetensors", "--to", "pt2", "--part", "decoder", "-o", "out.pt2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["part"] == "decoder"


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["export", "--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(kind in said for kind in options(Format))


# -- bad input ---------------------------------------------------------------------------------------------------------


def test_a_model_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "nobody.safetensors", "--to", "onnx", "-o", "out.onnx")
    assert "nobody.safetensors cannot be opened" in said


def test_a_format_and_a_part_that_are_not_there_are_refused_with_the_nearest_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "did you mean 'onnx'?" in refused(capsys, "model.safetensors", "--to", "onx", "-o", "out.onnx")
    part = ("model.safetensors", "--to", "onnx", "--part", "encode", "-o", "out.onnx")
    assert "did you mean 'encoder'?" in refused(capsys, *part)


def test_what_is_missing_from_the_command_line_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--to" in refused(capsys, "model.safetensors", "-o", "out.onnx")
    assert "-o/--out" in refused(capsys, "model.safetensors", "--to", "onnx")


def test_a_place_where_nothing_can_be_written_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder").mkdir()
    Path("folder", "mine.txt").write_text("mine")
    assert "is a folder; name a file" in refused(capsys, "model.safetensors", "--to", "onnx", "-o", "folder")
    assert "holds other files" in refused(capsys, "model.safetensors", "--to", "script", "-o", "folder")
    assert "a file whose name ends in .onnx, such as model.onnx, not to wrong.txt." in refused(
        capsys, "model.safetensors", "--to", "onnx", "-o", "wrong.txt"
    )
    assert "not to -." in refused(capsys, "model.safetensors", "--to", "onnx", "-o", "-")
    assert "There is no folder" in refused(capsys, "model.safetensors", "--to", "pt2", "-o", "nowhere/out.pt2")


def test_the_model_itself_is_not_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    Path("linked.safetensors").symlink_to("model.safetensors")
    before = Path("model.safetensors").read_bytes()
    for out in ("model.safetensors", "./linked.safetensors"):
        said = refused(capsys, "model.safetensors", "--to", "safetensors", "-o", out)
        assert "model.safetensors is a model that is to be exported; choose another place." in said
    assert Path("model.safetensors").read_bytes() == before


def test_what_is_replaced_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for times in (0, 1):
        assert main(["export", "model.safetensors", "--to", "safetensors", "-o", "weights.safetensors"]) == 0
        said = capsys.readouterr().out
        assert said.count("weights.safetensors was there before, and has been replaced.") == times


def test_a_part_that_a_format_does_not_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    part = ("model.safetensors", "--to", "script", "--part", "encoder", "-o", "folder")
    assert "holds the whole autoencoder" in refused(capsys, *part)


def test_an_export_that_fails_ends_with_code_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Model.decode
    monkeypatch.setattr(Model, "decode", lambda self, codes: honest(self, codes) + 1)
    said = refused(capsys, "model.safetensors", "--to", "pt2", "-o", "out.pt2", code=1)
    assert "does not do what the model does" in said
    assert said.endswith("Nothing was written.\n")


def test_ctrl_c_ends_with_code_130_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Model, "encode", interrupted)
    assert main(["export", "model.safetensors", "--to", "pt2", "-o", "out.pt2"]) == 130
    assert [path.name for path in Path().iterdir()] == ["model.safetensors"]


def test_a_run_of_the_library_is_exported_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "linear", "--device", "cpu", "--epochs", "1", "--json"]) == 0
    capsys.readouterr()
    assert main(["export", "1", "--to", "safetensors", "-o", "run.safetensors", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["path"] == str(Path("run.safetensors").absolute())
    assert "There is no run 7 in the library" in refused(capsys, "7", "--to", "onnx", "-o", "seven.onnx")


def test_a_number_of_thousands_of_digits_is_no_run_and_no_crash(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no run 7777777777" in refused(capsys, "7" * 5000, "--to", "onnx", "-o", "seven.onnx")
