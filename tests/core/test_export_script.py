"""The exported script: plain torch that anyone can read, run on images of any size, without AEStudio."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from packaging.requirements import Requirement
from PIL import Image

from aestudio.core.data.dataset import to_float
from aestudio.core.export import run_script
from aestudio.core.export.exporting import check, export
from aestudio.core.export.format import LIMIT
from aestudio.core.export.formats.script import README, SCRIPT, WEIGHTS
from aestudio.core.ground.errors import Cancelled, ExportError
from aestudio.core.model.model_file import ModelFile
from aestudio.core.parts.activations import ACTIVATIONS
from tests.core.conftest import images
from tests.core.exports import DENSE, FREE, FREE_TOP_K, NETWORKS, SPARSE, exported, format_of, model_file

pytestmark = pytest.mark.usefixtures("ready_python")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script is not run in a Python of its own, which takes seconds to start: these tests run it themselves."""
    monkeypatch.setattr(run_script, "largest_difference", lambda *_: 0.0)


def module(folder: Path) -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("exported_autoencoder", folder / SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def picture(path: Path, height: int, width: int, mode: str = "RGB", seed: int = 3) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


# -- it does what the model does ---------------------------------------------------------------------------------------


def same_numbers(file: ModelFile, folder: Path) -> None:
    """The script's module gives the model's codes and images."""
    model, script = file.model(), module(exported(file, "script", folder).path).load()
    seen = to_float(images(5, file.shape, seed=7))
    codes = model.encode(seen)
    made = script.encode(seen)
    assert (made.flatten(1) - codes).abs().max() <= LIMIT
    assert (script.decode(made) - model.decode(codes)).abs().max() <= LIMIT
    assert (script(seen) - model.decode(codes)).abs().max() <= LIMIT


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("network", NETWORKS)
def test_a_script_gives_what_the_model_gives(network: str, tmp_path: Path) -> None:
    same_numbers(model_file(*NETWORKS[network]), tmp_path)


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_every_activation_is_written_out(activation: str, tied: bool, tmp_path: Path) -> None:
    network = {"kind": "mlp", "widths": [9, 5], "activation": activation, "tied": tied, "output": "identity"}
    same_numbers(model_file({"network": network}), tmp_path)


@pytest.mark.usefixtures("unrun")
def test_layers_that_were_not_trained_are_not_in_the_script(tmp_path: Path) -> None:
    file = model_file({"network": {"kind": "mlp", "widths": [9, 5]}, "code": {"kind": "top-k", "k": 2}}, depth=1)
    same_numbers(file, tmp_path)
    text = (tmp_path / "model" / SCRIPT).read_text(encoding="utf-8")
    assert "encoder_2" not in text
    assert "topk" not in text


@pytest.mark.slow
@pytest.mark.parametrize("network", NETWORKS)
def test_a_script_is_run_in_a_python_of_its_own_before_it_is_put_in_its_place(network: str, tmp_path: Path) -> None:
    done = exported(model_file(*NETWORKS[network]), "script", tmp_path)
    assert done.parity is not None
    assert done.parity <= LIMIT
    assert {path.name for path in done.path.iterdir()} == {SCRIPT, WEIGHTS, README}


def test_a_script_that_does_not_run_is_refused_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_script, "DRIVER", "raise SystemExit('first\\nno such layer')")
    with pytest.raises(ExportError, match=r"^The script that was written does not run: no such layer\.$"):
        exported(model_file(), "script", tmp_path)
    assert not list(tmp_path.iterdir())


def test_cancelling_ends_the_script_that_is_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_script, "DRIVER", "import threading; threading.Event().wait()")
    started: list[subprocess.Popen[bytes]] = []
    honest = subprocess.Popen

    def watched(*given: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(honest(*given, **options))
        return started[-1]

    monkeypatch.setattr("aestudio.core.export.run_script.subprocess.Popen", watched)

    def report(_doing: str, _fraction: float | None) -> None:
        if started:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        exported(model_file(), "script", tmp_path, report=report)
    (process,) = started
    assert process.returncode is not None
    assert not list(tmp_path.iterdir())


# -- it is pleasant to read --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("network", NETWORKS)
def test_a_script_is_clean_and_formatted_for_anyone_s_ruff(network: str, tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    folder = exported(model_file(*NETWORKS[network]), "script", tmp_path).path
    ours = ROOT / "pyproject.toml"
    for how in (["format", "--isolated", "--check"], ["check", "--isolated"], ["check", "--config", ours]):
        done = subprocess.run([ruff, *how, "--no-cache", folder / SCRIPT], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("network", NETWORKS)
def test_a_script_needs_four_libraries_and_is_short(network: str, tmp_path: Path) -> None:
    text = (exported(model_file(*NETWORKS[network]), "script", tmp_path).path / SCRIPT).read_text(encoding="utf-8")
    imported = {
        (node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported == {"argparse", "pathlib", "numpy", "torch", "PIL", "safetensors"}
    assert len(text.splitlines()) < 200


@pytest.mark.usefixtures("unrun")
def test_a_script_and_its_readme_tell_what_it_is_and_how_to_use_it(tmp_path: Path) -> None:
    folder = exported(model_file(SPARSE), "script", tmp_path).path
    about = ast.get_docstring(ast.parse((folder / SCRIPT).read_text(encoding="utf-8"))) or ""
    readme = (folder / README).read_text(encoding="utf-8")
    for text in (about, readme):
        assert "Sparse &" in text
        assert "grey images of 8×8 pixels" in text
        assert "20 numbers" in text
        assert "Squared L2" in text
        assert "KL sparsity: Σⱼ KL(ρ̂ ‖ ρⱼ) in nats" in text
        assert "Target ρ̂" in text
        assert "6.02 dB" in text
        assert "python autoencoder.py denoise IN.png OUT.png" in text
        assert "model = load()" in text
        assert "An image of another size is resized to 8×8 pixels" in text


HOSTILE = '""" + __import__("os").abort() + """ \\N{nothing} \\'


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("title", [HOSTILE, "two\nlines", "%(prog)s %d", "$title ${x}", "‮ backwards", 'ends in "'])
def test_a_title_is_only_text(title: str, tmp_path: Path) -> None:
    folder = exported(model_file({"title": title, **DENSE}), "script", tmp_path).path
    tree = ast.parse((folder / SCRIPT).read_text(encoding="utf-8"))
    assert [type(node).__name__ for node in tree.body[:2]] == ["Expr", "Import"]
    module(folder).load()


@pytest.mark.usefixtures("unrun")
def test_a_title_is_no_markup_of_the_readme(tmp_path: Path) -> None:
    folder = exported(model_file({"title": "<script>|[x](y)", **DENSE}), "script", tmp_path).path
    assert (folder / README).read_text(encoding="utf-8").startswith("# &lt;script&gt;\\|\\[x\\](y)\n")


# -- its own command line ----------------------------------------------------------------------------------------------


def command(script: ModuleType, monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["autoencoder.py", *map(str, arguments)])
    script.main()


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize(("settings", "shape"), [(DENSE, (1, 8, 8)), (FREE, (3, 28, 30)), (FREE_TOP_K, (1, 16, 16))])
@pytest.mark.parametrize("size", [(28, 30), (33, 51), (5, 9), (8, 8)])
def test_images_of_any_size_go_through_encoder_and_decoder(
    settings: Any, shape: Any, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = model_file(settings, shape)
    script = module(exported(file, "script", tmp_path).path)
    given = picture(tmp_path / "in.png", *size)
    command(script, monkeypatch, "denoise", given, tmp_path / "out.png")
    command(script, monkeypatch, "encode", given, tmp_path / "code.npy")
    command(script, monkeypatch, "decode", tmp_path / "code.npy", tmp_path / "decoded.png")
    made, decoded = Image.open(tmp_path / "out.png"), Image.open(tmp_path / "decoded.png")
    assert made.mode == decoded.mode == ("L" if shape[0] == 1 else "RGB")
    if settings is DENSE:
        assert made.size == decoded.size == (8, 8)
        assert np.array_equal(np.asarray(made), np.asarray(decoded))
    else:
        assert made.size == size[::-1]
        assert decoded.width >= made.width
        assert decoded.height >= made.height
        whole = np.asarray(decoded)[: size[0], : size[1]]
        assert np.array_equal(whole, np.asarray(made))


@pytest.mark.usefixtures("unrun")
def test_padding_repeats_the_last_row_and_column_up_to_the_next_size(tmp_path: Path) -> None:
    script = module(exported(model_file(FREE, (3, 28, 30)), "script", tmp_path).path)
    image = torch.rand(1, 3, 29, 23)
    padded = script.padded(image)
    assert padded.shape == (1, 3, 36, 30)
    assert torch.equal(padded[:, :, :29, :23], image)
    assert torch.equal(padded[:, :, 35, :23], image[:, :, 28])


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    patch = pytest.MonkeyPatch()
    patch.setattr(run_script, "largest_difference", lambda *_: 0.0)
    yield module(exported(model_file(), "script", tmp_path_factory.mktemp("grey")).path)
    patch.undo()


def test_deep_grey_images_keep_their_brightness(grey: ModuleType, tmp_path: Path) -> None:
    Image.fromarray(np.linspace(0, 65535, 64).reshape(8, 8).astype(np.uint16)).save(tmp_path / "deep.png")
    seen = grey.read_image(tmp_path / "deep.png").flatten()
    assert (seen - torch.linspace(0, 1, 64)).abs().max() < 1 / 255


def test_what_is_transparent_becomes_white(grey: ModuleType, tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert torch.equal(grey.read_image(tmp_path / "clear.png"), torch.ones(1, 1, 8, 8))


def test_what_lies_outside_is_cut_off(grey: ModuleType, tmp_path: Path) -> None:
    grey.write_image(torch.tensor([[[[-0.5, 1.7]]]]), tmp_path / "out.png")
    assert np.asarray(Image.open(tmp_path / "out.png")).tolist() == [[0, 255]]


# -- its folder --------------------------------------------------------------------------------------------------------


def refusal(folder: Path) -> str:
    with pytest.raises(ExportError) as caught:
        check(format_of("script"), "autoencoder", folder)
    return str(caught.value)


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert refusal(tmp_path) == f"The folder {tmp_path} holds other files (notes.txt); choose a new or an empty one."
    with pytest.raises(ExportError):
        export(model_file(), format_of("script"), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_with_files_of_the_same_names_that_are_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / README).write_text("mine")
    assert "was not written by AEStudio" in refusal(tmp_path)
    (tmp_path / SCRIPT).write_text("print('mine')")
    assert "was not written by AEStudio" in refusal(tmp_path)


@pytest.mark.usefixtures("unrun")
def test_an_earlier_script_to_which_a_person_has_added_a_file_is_refused(tmp_path: Path) -> None:
    folder = exported(model_file(), "script", tmp_path).path
    check(format_of("script"), "autoencoder", folder)
    (folder / "result.png").write_bytes(b"")
    assert "holds other files (result.png)" in refusal(folder)


@pytest.mark.usefixtures("unrun")
def test_a_script_that_was_used_may_be_replaced(tmp_path: Path) -> None:
    folder = exported(model_file(), "script", tmp_path).path
    (folder / "__pycache__").mkdir()
    done = exported(model_file(SPARSE), "script", tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in done.files)


@pytest.mark.usefixtures("unrun")
def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    assert exported(model_file(), "script", tmp_path).path.joinpath(SCRIPT).exists()


def test_a_file_and_a_link_in_the_place_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "is not a folder" in refusal(tmp_path / "file")
    if hasattr(os, "symlink"):
        (tmp_path / "link").symlink_to(tmp_path)
        assert "is not a folder" in refusal(tmp_path / "link")


def test_the_folder_that_one_is_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "is the folder you are in" in refusal(Path())


def test_images_of_other_than_one_or_three_channels_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the images of this model have 2"):
        exported(model_file(DENSE, (2, 8, 8)), "script", tmp_path)


# -- without AEStudio --------------------------------------------------------------------------------------------------


def needed(*names: str) -> dict[str, Distribution]:
    """Distributions with all that they depend on here."""
    found: dict[str, Distribution] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name.lower() not in found:
            found[name.lower()] = one = distribution(name)
            requirements = map(Requirement, one.requires or [])
            wanted += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The Python of a virtual environment that holds torch, numpy, Pillow and safetensors, and what they need."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    look = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([python, "-c", look], capture_output=True, text=True, check=True).stdout.strip())
    for one in needed("torch", "numpy", "pillow", "safetensors").values():
        for top in {file.parts[0] for file in one.files or [] if file.parts[0] != ".."}:
            there = Path(str(one.locate_file(top)))
            if there.exists() and not (site / top).exists():
                (site / top).symlink_to(there)
    return python


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "shape"), [(DENSE, (1, 8, 8)), (FREE, (3, 28, 30))])
def test_the_same_pixels_come_from_torch_from_onnxruntime_and_from_the_script_without_aestudio(
    settings: Any, shape: Any, tmp_path: Path, bare: Path
) -> None:
    file = model_file(settings, shape)
    folder = exported(file, "script", tmp_path).path
    onnx = exported(file, "onnx", tmp_path).path
    mode = "L" if shape[0] == 1 else "RGB"
    given = picture(tmp_path / "in.png", shape[1], shape[2], mode)

    def outside(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run([bare, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True)

    for absent in ("aestudio", "onnx", "onnxruntime", "PySide6", "pydantic"):
        tried = outside("-c", f"import {absent}")
        assert f"No module named '{absent}'" in tried.stderr
    done = outside(folder / SCRIPT, "denoise", given, tmp_path / "out.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    by_script = np.asarray(Image.open(tmp_path / "out.png")).reshape(*shape[1:], shape[0])

    seen = to_float(torch.from_numpy(np.array(Image.open(given)).reshape(1, *shape[1:], shape[0])).permute(0, 3, 1, 2))
    model = file.model()
    by_torch = model.decode(model.encode(seen))
    (by_onnx,) = onnxruntime.InferenceSession(str(onnx)).run(None, {"image": seen.contiguous().numpy()})
    for made in (by_torch, torch.from_numpy(by_onnx)):
        pixels = (made[0].clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
        assert np.array_equal(pixels, by_script)

    assert outside(folder / SCRIPT, "encode", given, tmp_path / "code.npy").returncode == 0
    code = np.load(tmp_path / "code.npy").reshape(1, -1)
    assert np.abs(code - model.encode(seen).numpy()).max() <= LIMIT
