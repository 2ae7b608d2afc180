"""What an ONNX file tells of itself, and files with weights of fewer bits, whose difference is measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from aestudio.cli import main
from aestudio.core.export.exporting import export
from aestudio.core.export.format import Exported
from aestudio.core.export.formats.onnx import Onnx
from aestudio.core.export.onnx_weights import LARGEST, Weights, quantised
from aestudio.core.export.pieces import Piece
from aestudio.core.run.run import Run
from tests.core.exports import CONV, DENSE, model_file

WIDE = Run.from_settings(DENSE).with_value("network.widths", [64])


def exported(
    folder: Path, *, run: Run = WIDE, part: Piece = "autoencoder", opset: int = 20, weights: Weights = "float32"
) -> Exported:
    return export(model_file(run), Onnx(opset=opset, weights=weights), folder / "model.onnx", part=part)


def test_inputs_and_outputs_are_told_with_ranges_and_shapes(tmp_path: Path) -> None:
    proto = onnx.load(exported(tmp_path).path)
    (image,), (made,) = proto.graph.input, proto.graph.output
    assert image.doc_string == "Images, channel by channel. float32 [batch, 1, 8, 8], from 0, black, to 1, white."
    assert made.doc_string.startswith("Images that the decoder makes. float32 [batch, 1, 8, 8], ")
    about = {one.key: one.value for one in proto.metadata_props}
    assert [one["name"] for one in json.loads(about["inputs"])] == ["image"]
    (told,) = json.loads(about["outputs"])
    assert (told["name"], told["shape"], told["type"]) == ("reconstruction", "batch, 1, 8, 8", "float32")


def test_a_code_is_told_as_one(tmp_path: Path) -> None:
    (code,) = onnx.load(exported(tmp_path, part="encoder").path).graph.output
    assert code.doc_string == "Codes, one for each image. float32 [batch, 64], any numbers: what the encoder gives."


def test_the_version_of_a_model_is_the_steps_that_it_was_trained_for(tmp_path: Path) -> None:
    assert onnx.load(exported(tmp_path).path).model_version == 40


def test_nodes_are_called_after_the_layer_that_they_belong_to(tmp_path: Path) -> None:
    names = [node.name for node in onnx.load(exported(tmp_path).path).graph.node]
    assert len(set(names)) == len(names)
    assert {"stages.0/Gemm", "stages.0/Gemm_2"} <= set(names)


@pytest.mark.parametrize("opset", [18, 21])
def test_an_older_or_newer_version_of_the_operators_is_written_and_runs(tmp_path: Path, opset: int) -> None:
    done = exported(tmp_path, opset=opset)
    assert [one.version for one in onnx.load(done.path).opset_import if not one.domain] == [opset]
    assert done.parity is not None


@pytest.mark.parametrize(("weights", "size"), [("float16", 0.62), ("int8", 0.42)])
@pytest.mark.parametrize("run", [WIDE, Run.from_settings(CONV)], ids=["dense", "convolutional"])
@pytest.mark.slow
def test_fewer_bits_make_a_smaller_file_whose_difference_is_measured(
    tmp_path: Path, weights: Weights, size: float, run: Run
) -> None:
    shape = (1, 8, 8) if run is WIDE else (1, 13, 14)
    file = model_file(run, shape)
    whole = export(file, Onnx(), tmp_path / "whole.onnx")
    small = export(file, Onnx(weights=weights), tmp_path / "small.onnx")
    assert whole.parity is not None
    assert small.parity is not None
    assert whole.parity < small.parity <= Onnx(weights=weights).accepted
    if run is WIDE:
        assert small.bytes < size * whole.bytes
    assert "Weights are stored with" in small.notes[0]
    session = onnxruntime.InferenceSession(str(small.path))
    (given,) = session.get_inputs()
    assert given.type == "tensor(float)"


def test_whole_numbers_and_scales_give_the_weights_back_to_half_a_step() -> None:
    values = np.random.default_rng(0).normal(size=(6, 40)).astype(np.float32) * np.logspace(-3, 0, 6)[:, None]
    whole, scale, axis = quantised(values.astype(np.float32))
    assert axis == 0
    assert np.abs(whole).max() == LARGEST
    assert np.all(np.abs(whole * scale[:, None] - values) <= 0.51 * scale[:, None])


def test_the_command_line_asks_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model_file(WIDE).save(tmp_path / "model.safetensors")
    asked = ["export", str(tmp_path / "model.safetensors"), "-o", str(tmp_path / "out.onnx"), "--to"]
    assert main([*asked, "onnx", "--int8", "--opset", "19", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 0 < told["parity"] <= 0.1
    assert main([*asked, "pt2", "--half"]) == 2
    assert "--opset, --half and --int8 are for --to onnx, not for pt2." in capsys.readouterr().err
    assert main([*asked, "onnx", "--opset", "3"]) == 2
    assert "--opset takes a version from 18 to 23, not 3." in capsys.readouterr().err
