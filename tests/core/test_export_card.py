"""The model card: one page that shows everything, holds nothing from elsewhere, and takes nothing for markup."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from aestudio.core.export import mosaic, onnx_file, plots
from aestudio.core.export.mathml import mathml
from aestudio.core.model.model_file import ModelFile
from aestudio.core.run import equation, recipes
from aestudio.core.run.history import Curves
from tests.core.exports import DENSE, FREE, SPARSE, exported, model_file
from tests.members import every_member

EQUATIONS = {name: member.equation for name, member in every_member().items() if member.equation}
VOID = {"meta", "img"}
Write = Callable[[ModelFile], str]


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, text, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data

    @property
    def sections(self) -> list[str]:
        return re.findall(r"<h2>(.*?)</h2>", self.rawdata)


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the card of a model file; the three ONNX exports that it makes, a second each, are taken for good."""

    def write(subject: object, made: Path) -> float:
        made.write_bytes(b"")
        return {"autoencoder": 1.25e-7, "encoder": 2.5e-7, "decoder": 5e-8}[subject.part]  # type: ignore[attr-defined]

    monkeypatch.setattr(onnx_file, "write", write)
    return lambda file: exported(file, "card", tmp_path).path.read_text(encoding="utf-8")


# -- one page, by itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [DENSE, SPARSE], ids=["plain", "sparse and denoising"])
def test_a_card_is_whole_and_holds_nothing_from_elsewhere(settings: dict[str, object], card: Write) -> None:
    text = card(model_file(settings))
    page = Page(text)
    assert page.open == []
    assert "script" not in {tag for tag, _ in page.tags}
    assert "link" not in {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        assert "href" not in attributes
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "$" not in text


def test_a_card_says_what_the_model_is_and_does(card: Write) -> None:
    words = Page(card(model_file(SPARSE))).words
    for said in (
        "Sparse & small",
        "8×8 grey images as 20 numbers · 2,644 weights",
        "6.02",
        "PSNR of the corrupted images",
        "KL sparsity: Σⱼ KL(ρ̂ ‖ ρⱼ) in nats",
        "Multilayer perceptron",
        "Layer widths",
        "64 images",
        "Trained on",
        "small images",
        "Held-out images, which the model was not trained on.",
    ):
        assert said in words


def test_a_card_does_not_call_points_of_the_plane_images(card: Write) -> None:
    plane = {"data": "planar", "network": {"kind": "mlp", "widths": [3]}}
    assert "points of the plane as 3 numbers · 17 weights" in Page(card(model_file(plane, (1, 1, 2)))).words


def test_a_card_shows_the_largest_difference_of_every_part(card: Write) -> None:
    words = Page(card(model_file())).words
    assert "Autoencoder1.2e-07" in words
    assert "Encoder2.5e-07" in words
    assert "Decoder5e-08" in words
    assert "at most 1e-05 is accepted" in words


def test_a_card_shows_how_to_load_the_model_in_three_languages(card: Write) -> None:
    words = Page(card(model_file(FREE, (3, 28, 30)))).words
    assert 'load(Path("model.safetensors")).model()' in words
    for said in ("onnxruntime.InferenceSession(", "Ort::Session session{", "ort.InferenceSession.create("):
        assert said in words
    assert "Pad an image of another size" in words


def test_the_lines_that_load_a_model_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aestudio.core.export.page import LOAD

    model_file().save(tmp_path / "model.safetensors")
    monkeypatch.chdir(tmp_path)
    known = {"images": torch.rand(2, 1, 8, 8)}
    exec(LOAD, known)
    assert known["reconstruction"].shape == (2, 1, 8, 8)


@pytest.mark.slow
def test_a_card_s_figures_are_those_of_real_exports(tmp_path: Path) -> None:
    done = exported(model_file(), "card", tmp_path)
    assert done.parity is not None
    assert 0 < done.parity <= 1e-5
    assert f"{done.parity:.2g}" in done.path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [done.path]


# -- what comes from a file is text ------------------------------------------------------------------------------------

EVIL = "</title><script>alert('x')</script><img src=x onerror=alert(1)>"


def test_nothing_of_a_file_is_markup(card: Write) -> None:
    settings = {"title": EVIL, "explanation": EVIL, "citation": EVIL, **DENSE}
    plain = model_file(settings)
    evil = evaluation_named(plain.curves)
    text = card(replace(plain, scores={EVIL: 1.0}, facts={EVIL: EVIL}, curves=evil))
    page = Page(text)
    assert [tag for tag, _ in page.tags if tag == "script"] == []
    assert [tag for tag, _ in page.tags].count("img") == 1  # the mosaic
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert page.words.count("alert('x')") >= 6


def evaluation_named(curves: Curves) -> Curves:
    """The curves with names that a file could hold."""
    return replace(curves, names=(EVIL, EVIL), phases=((1, EVIL), (20, EVIL)))


@pytest.mark.parametrize("title", ["$style", "\ud800 alone", "tab\tand\nline", "\x00\x07"])
def test_any_title_can_be_written(title: str, card: Write) -> None:
    file = model_file()
    run = file.run.model_copy(update={"title": title})
    assert Page(card(replace(file, run=run))).open == []


# -- what a file does not carry ----------------------------------------------------------------------------------------


def test_a_file_without_curves_scores_and_facts_still_gets_its_card(card: Write) -> None:
    text = card(replace(model_file(), curves=Curves(), scores={}, facts={}))
    assert text.count("The model file carries none.") == 2
    assert Page(text).open == []


def test_curves_that_are_not_finite_leave_gaps(card: Write) -> None:
    file = model_file()
    terms = file.curves.terms.copy()
    terms[5:9] = np.nan
    text = card(replace(file, curves=replace(file.curves, terms=terms)))
    assert not re.search(r"\bnan\b", text)


# -- equations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EQUATIONS)
def test_every_slot_s_equation_is_drawn(name: str) -> None:
    drawn(EQUATIONS[name])


@pytest.mark.parametrize("recipe", recipes.everything())
def test_every_recipe_s_objective_and_reconstruction_are_drawn(recipe: str) -> None:
    run = recipes.find(recipe).run()
    drawn(equation.objective(run))
    for one in equation.reconstruction(run).split(equation.BETWEEN):
        drawn(one)


def drawn(latex: str) -> None:
    """It is one whole element, and no command is left as text."""
    tree = ElementTree.fromstring(mathml(latex))
    assert tree.tag.endswith("math")
    assert "\\" not in "".join(tree.itertext())


# -- pictures ----------------------------------------------------------------------------------------------------------


def picture_of(rows: int, count: int, shape: tuple[int, int, int]) -> Image.Image:
    url = mosaic.png([torch.rand(count, *shape) for _ in range(rows)])
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


@pytest.mark.parametrize(
    ("count", "shape", "size"),
    [
        (3, (1, 8, 8), (3 * 48 + 2 * 4, 2 * 48 + 4)),
        (20, (3, 32, 32), (12 * 64 + 11 * 4, 2 * 64 + 4)),
        (1, (3, 300, 600), (128, 2 * 64 + 4)),
        (2, (2, 40, 20), (2 * 20 + 4, 2 * 40 + 4)),
    ],
)
def test_images_stand_side_by_side_small_ones_enlarged_and_large_ones_reduced(
    count: int, shape: tuple[int, int, int], size: tuple[int, int]
) -> None:
    picture = picture_of(2, count, shape)
    assert picture.mode == "RGBA"
    assert picture.size == size


def test_a_corruption_gets_a_row_of_its_own(card: Write) -> None:
    assert "<span>Gaussian noise</span>" in card(model_file(SPARSE))
    assert card(model_file()).count("<span>Original</span><span>Reconstructed</span>") == 1


# -- plots -------------------------------------------------------------------------------------------------------------


def test_a_penalty_s_target_stands_in_the_histogram(card: Write) -> None:
    assert "target ρ̂ 0.2" in card(model_file(SPARSE))
    assert "target" not in Page(card(model_file())).words


def test_the_histogram_counts_every_activation() -> None:
    values = np.concatenate([np.zeros(90), np.ones(10)]).astype(np.float32)
    svg = plots.histogram(values, x="activation", y="how often", label="Histogram")
    assert svg.count('class="bar"') == 2
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("values", [[], [0.0], [0.5, 0.5], [np.nan], [-1e-9, 1e9]], ids=str)
def test_a_histogram_of_anything_can_be_drawn(values: list[float]) -> None:
    mark = plots.Mark(0.1, "target", dashed=True)
    svg = plots.histogram(np.array(values, np.float32), x="x", y="y", label="Histogram", marks=[mark])
    ElementTree.fromstring(svg)
    assert "nan" not in svg


@pytest.mark.parametrize(
    "values",
    [[1.0, 1.0], [0.0, 0.0], [-5.0, 5.0], [1e-12, 1e12], [3.0, np.nan, 4.0], [0.1, 0.9], [1e-3, 2e-2]],
    ids=str,
)
def test_lines_of_anything_can_be_drawn_within_the_frame(values: list[float]) -> None:
    series = plots.PlotSeries("loss", np.arange(len(values)), np.array(values))
    svg = plots.lines([series], x="step", y="loss", label="Likelihood")
    ElementTree.fromstring(svg)
    (points,) = re.findall(r'points="(.*?)"', svg)
    for point in points.split():
        x, y = map(float, point.split(","))
        assert plots.LEFT <= x <= plots.WIDTH - plots.RIGHT
        assert plots.TOP <= y <= plots.HEIGHT - plots.BOTTOM


def test_a_single_point_is_no_line() -> None:
    assert (
        plots.lines([plots.PlotSeries("loss", np.arange(1), np.ones(1))], x="step", y="loss", label="Likelihood") == ""
    )


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (plots.Axis(0, 1, 0, 100), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (plots.Axis(0, 6600, 0, 100), ["0", "2,000", "4,000", "6,000"]),
        (plots.Axis(0.03, 300, 0, 100, log=True), ["0.1", "1", "10", "100"]),
        (plots.Axis(12, 110, 0, 100, log=True), ["20", "50", "100"]),
    ],
)
def test_axes_have_round_ticks(axis: plots.Axis, ticks: list[str]) -> None:
    assert [plots.number(tick) for tick in axis.ticks()] == ticks
