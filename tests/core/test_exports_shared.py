"""What tests of exports share between exports changes nothing of what is written and found."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from torch.onnx._internal.exporter._registration import ONNXRegistry

from aestudio.core.export import onnx_file
from aestudio.core.export.exporting import export
from aestudio.core.export.format import subject
from aestudio.core.export.formats.onnx import Onnx
from aestudio.core.export.pieces import Piece
from tests.core.exports import exported_once, model_file


def test_an_export_with_the_table_of_the_one_before_is_that_with_a_table_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx_file.write(subject(model_file()), tmp_path / "first.onnx")
    onnx_file.write(subject(model_file()), tmp_path / "second.onnx")
    monkeypatch.setattr(ONNXRegistry, "from_torchlib", staticmethod(inspect.unwrap(ONNXRegistry.from_torchlib)))
    onnx_file.write(subject(model_file()), tmp_path / "own.onnx")
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_a_card_takes_what_a_usual_onnx_export_has_found_and_no_other(tmp_path: Path) -> None:
    written: dict[Piece, float] = {}
    with exported_once(written):
        rounded = export(model_file(), Onnx(weights="int8"), tmp_path / "rounded.onnx")
        assert rounded.bytes > 0
        assert written == {}
        usual = export(model_file(), Onnx(), tmp_path / "usual.onnx")
        assert written == {"autoencoder": usual.parity}
        assert onnx_file.write(subject(model_file()), tmp_path / "0.part.onnx") == usual.parity
    assert (tmp_path / "0.part.onnx").read_bytes() == b""
