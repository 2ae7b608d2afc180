"""The lines of code that an export shows: those of Python are run, the others were tried by hand."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.export import graph, snippets
from aestudio.core.export.format import subject
from aestudio.core.export.pieces import Piece
from tests.core.exports import NETWORKS, exported, model_file


def test_an_onnx_export_shows_how_to_run_it_in_three_languages() -> None:
    code = {one.language: one.code for one in snippets.for_onnx("model.onnx", subject(model_file(), "encoder"))}
    assert list(code) == ["Python", "C++", "JavaScript"]
    assert all("model.onnx" in said and "image" in said and "code" in said for said in code.values())
    assert "std::vector<int64_t> shape{1, 1, 8, 8};" in code["C++"]
    assert "[1, 1, 8, 8]" in code["JavaScript"]


@pytest.mark.parametrize(
    ("kind", "network", "part"),
    [
        pytest.param("onnx", "dense", "decoder", marks=pytest.mark.slow),
        ("onnx", "convolutional", "autoencoder"),
        pytest.param("onnx", "convolutional", "encoder", marks=pytest.mark.slow),
        ("pt2", "dense", "encoder"),
        ("pt2", "convolutional", "autoencoder"),
        ("safetensors", "dense", "encoder"),
    ],
)
def test_the_lines_of_python_run_and_take_images_of_any_size_where_sizes_are_free(
    kind: str, network: str, part: Piece, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = model_file(*NETWORKS[network])
    done = exported(file, kind, tmp_path, part=part)
    monkeypatch.chdir(tmp_path)
    code = done.snippets[0].code.replace("28, 30", "33, 51")
    said = io.StringIO()
    known: dict[str, Any] = {"print": lambda *words: said.write(str(words))}
    exec(code, known)
    if kind == "safetensors":
        assert said.getvalue()
        return
    shape = tuple(known[graph.NAMES[part][1]].shape)
    if network == "convolutional":
        assert shape == ((1, 3, 33, 51) if part == "autoencoder" else (1, 4, 4, 6))
    else:
        assert shape == ((1, 1, 8, 8) if part == "decoder" else (1, 7))


def test_a_name_with_quotes_is_a_literal_of_every_language() -> None:
    shown = snippets.for_onnx('the "best".onnx', subject(model_file()))
    assert all(r'"the \"best\".onnx"' in one.code for one in shown)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("part", ["autoencoder", "encoder", "decoder"])
def test_no_line_is_too_long_to_be_read(network: str, part: Piece) -> None:
    one = subject(model_file(*NETWORKS[network]), part)
    for shown in (*snippets.for_onnx("model.onnx", one), *snippets.for_pt2("model.pt2", one)):
        assert max(len(line) for line in shown.code.splitlines()) <= 96
