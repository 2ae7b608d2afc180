"""Exports do what the model does: every part, other batches, other sizes, and what a file says of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from aestudio.core.data.dataset import to_float
from aestudio.core.export.format import LIMIT, Exported, Format, subject
from aestudio.core.export.pieces import PIECES, Piece, piece_of
from aestudio.core.ground.shapes import Shape
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.parts.families.code import Code, TorchCode
from aestudio.core.parts.one_pass import Latent, Mode
from aestudio.core.parts.plan import Plan
from aestudio.core.parts.slots import options
from aestudio.core.run.run import Run
from tests.core.conftest import images
from tests.core.exports import (
    CONV,
    DENSE,
    FREE,
    FREE_TOP_K,
    NETWORKS,
    SPARSE,
    Pixelwise,
    exported,
    format_of,
    model_file,
)
from tests.core.shown import member

FORMATS = tuple(options(Format))
pytestmark = pytest.mark.usefixtures("ready_python")
ROOT = Path(__file__).parents[2]
Ready = Callable[[str, str, Piece], Exported]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """The export of a network of `NETWORKS`, made once; it is only looked at."""
    made: dict[tuple[str, str, Piece], Exported] = {}

    def export(network: str, kind: str, part: Piece) -> Exported:
        key = (network, kind, part)
        if key not in made:
            folder = tmp_path_factory.mktemp("ready")
            made[key] = exported(model_file(*NETWORKS[network]), kind, folder, part=part)
        return made[key]

    return export


def pictures(count: int, shape: Shape) -> Tensor:
    """Images [count, *shape] in [0, 1] that no file carries."""
    return to_float(images(count, shape, seed=7))


def runner(done: Exported, kind: str) -> Callable[[Tensor], Tensor]:
    """What a person would run, as a function from its input to its output."""
    if kind == "pt2":
        return torch.export.load(done.path).module()
    session = onnxruntime.InferenceSession(str(done.path))
    (given,) = session.get_inputs()
    return lambda value: torch.from_numpy(session.run(None, {given.name: value.numpy()})[0])


def given_and_wanted(model: Model, part: Piece, seen: Tensor) -> tuple[Tensor, Tensor]:
    """What goes into a part of AEStudio's own model, and what comes out; a code has its own shape."""
    codes = model.encode(seen)
    shaped = codes.reshape(-1, *model.code_shape)
    match part:
        case "autoencoder":
            return seen, model.decode(codes)
        case "encoder":
            return seen, shaped
        case "decoder":
            return shaped, model.decode(codes)


# -- the family --------------------------------------------------------------------------------------------------------


def test_the_formats_are_found_by_their_folder_in_a_fixed_order() -> None:
    assert FORMATS == ("onnx", "pt2", "safetensors", "script", "card", "live-card")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_says_what_it_is_in_one_sentence(kind: str) -> None:
    format = format_of(kind)
    assert format.title
    assert format.source
    assert type(format).about.endswith(".")
    assert "autoencoder" in format.parts
    assert bool(format.suffix) != bool(format.content)


def test_finding_the_formats_imports_none_of_their_libraries() -> None:
    look = (
        "import sys; from aestudio.core.parts.slots import options; from aestudio.core.export.format import Format; "
        "options(Format); print([name for name in ('onnx', 'onnxruntime', 'onnxscript', 'latex2mathml') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], executable=sys.executable, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# -- it does what the model does ---------------------------------------------------------------------------------------

SHOWN = {
    ("onnx", "dense", "autoencoder"),
    ("onnx", "top-k", "encoder"),
    ("onnx", "convolutional", "autoencoder"),
    ("onnx", "convolutional", "decoder"),
    ("pt2", "dense", "autoencoder"),
    ("pt2", "top-k", "encoder"),
    ("pt2", "convolutional with a dense code", "autoencoder"),
    ("pt2", "convolutional", "autoencoder"),
    ("pt2", "convolutional top-k", "autoencoder"),
}
"""What is tried every time; the others take a second each."""
EVERY_PART = [
    pytest.param(*case, marks=[] if case in SHOWN else pytest.mark.slow)
    for case in product(("onnx", "pt2"), NETWORKS, PIECES)
]


@pytest.mark.parametrize(("kind", "network", "part"), EVERY_PART)
def test_a_part_gives_what_that_part_of_the_model_gives(kind: str, network: str, part: Piece, ready: Ready) -> None:
    done, file = ready(network, kind, part), model_file(*NETWORKS[network])
    assert done.files == (done.path,) == tuple(done.path.parent.iterdir())  # no data file beside it
    assert done.bytes == done.path.stat().st_size
    assert done.parity is not None
    assert done.parity <= LIMIT
    run = runner(done, kind)
    for count in (1, 4):
        given, wanted = given_and_wanted(file.model(), part, pictures(count, file.shape))
        assert difference(run(given), wanted) <= LIMIT


def difference(made: Tensor, wanted: Tensor) -> float:
    assert made.shape == wanted.shape
    return float((made - wanted).abs().max())


SIZES = {
    "convolutional": [(28, 30), (36, 46), (12, 14), (60, 22)],
    "convolutional top-k": [(16, 16), (24, 40), (8, 12)],
}


@pytest.mark.parametrize(("kind", "network", "part"), [case for case in EVERY_PART if case.values[1] in SIZES])
def test_a_convolutional_code_leaves_height_and_width_free(kind: str, network: str, part: Piece, ready: Ready) -> None:
    """The weights do not depend on the size, so AEStudio's own model for the other size says what is right."""
    file = model_file(*NETWORKS[network])
    run = runner(ready(network, kind, part), kind)
    for height, width in SIZES[network]:
        shape = (file.shape[0], height, width)
        given, wanted = given_and_wanted(Model(file.run, shape, file.weights), part, pictures(2, shape))
        assert difference(run(given), wanted) <= LIMIT


@pytest.mark.parametrize(
    ("network", "part", "given", "made"),
    [
        (
            "convolutional",
            "autoencoder",
            ("image", "batch", 3, "height", "width"),
            ("reconstruction", "batch", 3, "height", "width"),
        ),
        (
            "convolutional",
            "decoder",
            ("code", "batch", 4, "code_height", "code_width"),
            ("reconstruction", "batch", 3, "height", "width"),
        ),
        ("top-k", "encoder", ("image", "batch", 1, 8, 8), ("code", "batch", 24)),
    ],
)
def test_the_input_the_output_and_their_free_axes_have_names(
    network: str, part: Piece, given: tuple[Any, ...], made: tuple[Any, ...], ready: Ready
) -> None:
    session = onnxruntime.InferenceSession(str(ready(network, "onnx", part).path))
    told = [(one.name, *one.shape) for one in (*session.get_inputs(), *session.get_outputs())]
    assert told == [given, made]


@pytest.mark.parametrize("network", ["dense", "convolutional with a dense code"])
def test_a_dense_code_fixes_height_and_width_and_says_so(network: str, ready: Ready) -> None:
    height, width = NETWORKS[network][1][1:]
    assert ready(network, "pt2", "autoencoder").notes[0] == (
        f"Height and width are fixed at {height}×{width}: a fully connected layer is made for images of this size."
    )


@pytest.mark.parametrize(
    ("settings", "shape", "part", "said"),
    [
        (
            FREE_TOP_K,
            (1, 16, 16),
            "autoencoder",
            "a multiple of 4 pixels. Pad an image of another size by repeating its "
            "last row and column, and crop the result.",
        ),
        (
            FREE,
            (3, 28, 30),
            "encoder",
            "28×30 give or take multiples of 8 pixels. Pad an image of another size by "
            "repeating its last row and column.",
        ),
        (FREE_TOP_K, (1, 16, 16), "decoder", "an image is 4 times as high and as wide as its code."),
        (FREE, (3, 28, 30), "decoder", "an image is 8 times as high and as wide as its code, and 4 and 6 pixels more."),
    ],
)
def test_free_sizes_are_told_in_words(settings: Any, shape: Any, part: Piece, said: str) -> None:
    assert subject(model_file(settings, shape), part).notes()[0] == f"Height and width are free: {said}"


def test_the_corruption_is_left_out_and_the_export_says_so(tmp_path: Path) -> None:
    file = model_file(SPARSE)
    done = exported(file, "pt2", tmp_path)
    assert "The corruption (Gaussian noise) belongs to training and is left out." in done.notes
    run, seen = runner(done, "pt2"), pictures(3, file.shape)
    assert torch.equal(run(seen), run(seen))


@pytest.mark.parametrize("kind", ["onnx", "pt2", "safetensors", pytest.param("script", marks=pytest.mark.slow)])
def test_a_model_that_was_stopped_between_two_layers_is_exported_as_far_as_it_was_trained(
    kind: str, tmp_path: Path
) -> None:
    """The code belongs to the whole network, so the top-k is not in the graph yet."""
    settings = {
        "network": {"kind": "mlp", "widths": [12, 7]},
        "code": {"kind": "top-k", "k": 2},
        "schedule": {"kind": "greedy"},
    }
    file = model_file(settings, depth=1)
    done = exported(file, kind, tmp_path)
    assert done.notes[-1].startswith("Only the first 1 of 2 layers had been trained")
    if kind == "onnx":
        nodes = {node.op_type for node in onnx.load(done.path).graph.node}
        assert "TopK" not in nodes
    if kind == "safetensors":
        assert set(load_file(done.path)) == {f"stages.0.{name}" for name in "WbVc"}


# -- what goes into a file ---------------------------------------------------------------------------------------------


def test_an_onnx_file_carries_the_run_and_the_scores(ready: Ready) -> None:
    file = model_file(*NETWORKS["top-k"])
    proto = onnx.load(ready("top-k", "onnx", "encoder").path)
    about = {entry.key: entry.value for entry in proto.metadata_props}
    assert Run.from_json(about["run"]) == file.run
    assert json.loads(about["scores"]) == file.scores
    assert json.loads(about["shape"]) == [1, 8, 8]
    assert (about["title"], about["part"]) == ("Untitled", "encoder")
    assert proto.producer_name == "AEStudio"


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_a_file_names_no_folder_of_this_machine(kind: str, ready: Ready) -> None:
    """torch notes for every node the line of source it came from."""
    content = ready("dense", kind, "autoencoder").path.read_bytes()
    assert b"site-packages" not in content
    assert b"_parts.py" not in content


def test_a_pt2_file_carries_the_run_and_the_scores(ready: Ready) -> None:
    file = model_file(*NETWORKS["dense"])
    path = ready("dense", "pt2", "autoencoder").path
    extra = {"run.json": "", "scores.json": ""}
    torch.export.load(path, extra_files=extra)
    assert Run.from_json(extra["run.json"]) == file.run
    assert json.loads(extra["scores.json"]) == file.scores


def test_safetensors_hold_the_weights_to_the_last_bit_and_the_run(tmp_path: Path) -> None:
    file = model_file(CONV, (1, 16, 16))
    done = exported(file, "safetensors", tmp_path)
    assert done.parity is None
    kept = load_file(done.path)
    assert kept.keys() == file.weights.keys()
    assert all(torch.equal(kept[name], weight) for name, weight in file.weights.items())
    with safe_open(done.path, framework="pt") as opened:
        about = opened.metadata()
    assert about.keys() == {"run"}
    assert Run.from_json(about["run"]) == file.run


@pytest.mark.parametrize(
    ("settings", "shape", "part", "names"),
    [
        ({"network": {"kind": "mlp", "widths": [12]}}, (1, 8, 8), "encoder", "W b"),
        ({"network": {"kind": "mlp", "widths": [12]}}, (1, 8, 8), "decoder", "V c"),
        ({"network": {"kind": "mlp", "widths": [12], "tied": True}}, (1, 8, 8), "encoder", "W b"),
        ({"network": {"kind": "mlp", "widths": [12], "tied": True}}, (1, 8, 8), "decoder", "W c"),
        ({"network": {"kind": "conv", "channels": [4], "code_size": 0}}, (1, 8, 8), "encoder", "W b"),
        ({"network": {"kind": "conv", "channels": [4], "code_size": 0}}, (1, 8, 8), "decoder", "V c"),
    ],
)
def test_a_part_holds_only_the_weights_that_it_needs(
    settings: Any, shape: Any, part: Piece, names: str, tmp_path: Path
) -> None:
    file = model_file(settings, shape)
    wanted = {f"stages.0.{name}" for name in names.split()}
    assert set(load_file(exported(file, "safetensors", tmp_path, part=part).path)) == wanted
    program = torch.export.load(exported(file, "pt2", tmp_path, part=part).path)
    assert set(program.state_dict) == wanted


class Codebook(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.step = nn.Parameter(torch.full((width,), 0.5))
        self.shift: Tensor
        self.register_buffer("shift", torch.zeros(width))
        self.register_buffer("count", torch.zeros(width, dtype=torch.int64))


class Rounded(Code):
    """The hidden layer rounded to steps that are learned; while training as it is. No gradient comes through it."""

    kind: ClassVar[str] = "rounded"
    title: ClassVar[str] = "Rounded"
    about: ClassVar[str] = (
        "The hidden layer rounded to steps that are learned; while training as it is. No gradient comes through it."
    )
    equation: ClassVar[str] = r"z = \lfloor h / s \rceil"
    source: ClassVar[str] = "this test"
    pointwise: ClassVar[bool] = True
    keeps_units: ClassVar[bool] = False
    any_size: ClassVar[bool] = False

    def build(self, plan: Plan) -> Codebook:
        return Codebook(prod(plan.hidden))

    def encode(self, hidden: Tensor, own: Codebook, mode: Mode, generator: Any, samples: int) -> Latent:
        code = (hidden + own.shift) / own.step
        return Latent(code, code) if mode.update else Latent(code.round(), code.round())

    def decode(self, code: Tensor, own: Codebook) -> Tensor:
        return code * own.step

    def in_torch(self, hidden: tuple[int, ...], own: Codebook) -> TorchCode:
        return TorchCode(
            ("x = ((x + self.shift) / self.step).round()",),
            ("x = x * self.step",),
            (
                f"self.step = nn.Parameter(torch.zeros({prod(hidden)}))",
                f'self.register_buffer("shift", torch.zeros({prod(hidden)}))',
            ),
            {"step": "step", "shift": "shift"},
        )


def rounding() -> ModelFile:
    return model_file(Run.from_settings(DENSE).model_copy(update={"code": Rounded()}))


@pytest.mark.parametrize(
    ("code", "part", "wanted"),
    [
        ("rounded", "autoencoder", {"own_code.step", "own_code.shift"}),
        ("rounded", "encoder", {"own_code.step", "own_code.shift"}),
        ("rounded", "decoder", {"own_code.step"}),
        ("nearest", "encoder", {"own_code.means"}),
        ("nearest", "decoder", set()),
    ],
)
def test_a_part_of_a_code_that_builds_holds_what_that_part_needs_whether_or_not_a_gradient_reaches_it(
    code: str, part: Piece, wanted: set[str]
) -> None:
    """Zeros are needed too: a shift of 0 changes nothing and is part of the code."""
    made = Rounded() if code == "rounded" else member("parts/codes/nearest", "Nearest")(means=8)
    model = model_file(Run.from_settings(DENSE).model_copy(update={"code": made})).model()
    piece = piece_of(model, part)
    held = set(piece.state_dict())
    assert {name for name in held if name.startswith("own_code.")} == wanted
    sides = {name.rpartition(".")[2] for name in held if name.startswith("stages.")}
    assert sides == {"autoencoder": {"W", "b", "c"}, "encoder": {"W", "b"}, "decoder": {"W", "c"}}[part]  # tied
    given, out = given_and_wanted(model, part, pictures(5, (1, 8, 8)))
    assert piece(given).equal(out)


@pytest.mark.parametrize("part", PIECES)
@pytest.mark.parametrize("kind", ["safetensors", "pt2", "script"])
def test_a_code_that_rounds_is_exported_part_by_part(kind: str, part: Piece, tmp_path: Path) -> None:
    if part not in format_of(kind).parts:
        part = "autoencoder"
    assert (exported(rounding(), kind, tmp_path, part=part).parity or 0) <= LIMIT


def pixelwise(*, free: bool) -> ModelFile:
    network = Pixelwise(channels=(4, 6), code_size=0 if free else 5, output="identity")
    return model_file(Run().model_copy(update={"network": network}), (1, 12, 14))


@pytest.mark.parametrize("free", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["any size", "one size"])
@pytest.mark.parametrize("part", PIECES)
@pytest.mark.parametrize("kind", ["pt2", "script", pytest.param("onnx", marks=pytest.mark.slow)])
def test_a_network_that_is_told_a_map_is_exported_with_an_input_for_it(
    kind: str, part: Piece, free: bool, tmp_path: Path
) -> None:
    if part not in format_of(kind).parts:
        part = "autoencoder"
    done = exported(pixelwise(free=free), kind, tmp_path, part=part)
    assert (done.parity or 0) <= LIMIT
    if kind == "onnx":
        names = [one.name for one in onnxruntime.InferenceSession(str(done.path)).get_inputs()]
        assert names == (["code"] if part == "decoder" else ["image", "sigma"])


@pytest.mark.parametrize("kind", ["pt2", pytest.param("onnx", marks=pytest.mark.slow)])
@pytest.mark.parametrize("free", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["any size", "one size"])
def test_the_lines_that_run_an_export_give_a_map_where_one_is_told(
    kind: str, free: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = exported(pixelwise(free=free), kind, tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(next(one.code for one in done.snippets if one.language == "Python"), names)
    assert tuple(names["sigma"].shape) == tuple(names["reconstruction"].shape) == (1, 1, 12, 14)


def test_an_onnx_file_of_a_part_holds_only_the_weights_that_it_needs(ready: Ready) -> None:
    """Without biases of its own: some of them become constants of a convolution or a product."""
    held = {one.name for one in onnx.load(ready("convolutional", "onnx", "decoder").path).graph.initializer}
    assert {name for name in held if name.startswith("stages")} == {f"stages.{i}.{n}" for i in range(3) for n in "Vc"}


def test_the_file_s_own_model_is_left_as_it_was(tmp_path: Path) -> None:
    file = model_file()
    before = {name: weight.clone() for name, weight in file.weights.items()}
    exported(file, "safetensors", tmp_path, part="encoder")
    assert all(torch.equal(file.weights[name], weight) for name, weight in before.items())
    assert not any(weight.requires_grad for weight in file.weights.values())


# -- quiet -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_export_prints_nothing_and_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    """onnxruntime would write an identifier of the machine there, and torch tells of its deprecations."""
    model_file(FREE_TOP_K, (1, 16, 16)).save(tmp_path / "model.safetensors")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys; from pathlib import Path\n"
        "from aestudio.core.export.exporting import export\n"
        "from aestudio.core.export.format import Format\n"
        "from aestudio.core.model.model_file import load\n"
        "from aestudio.core.parts.slots import options\n"
        "for kind in ('onnx', 'pt2'):\n"
        "    export(load(Path('model.safetensors')), options(Format)[kind](), Path(f'model.{kind}'))\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "PYTHONWARN"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        executable=sys.executable,
        cwd=tmp_path,
        env=env | {"HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(home.rglob("*"))
    assert (tmp_path / "model.onnx").exists()
