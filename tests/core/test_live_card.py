"""The live card: one page that runs the network by itself, does what torch does, and takes nothing for markup."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from aestudio.core.export import live_page
from aestudio.core.export.browser import packed, unpacked
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.resources import resource
from aestudio.core.model.model_file import ModelFile
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.one_pass import Given
from aestudio.core.run.run import Run
from tests.core.chromium import CHROMIUM, opened
from tests.core.exports import DENSE, NETWORKS, Pixelwise, exported, model_file

NODE = shutil.which("node")
HERE = Path(__file__).parent
GAUSSIAN = {"network": {"kind": "mlp", "widths": [12]}, "code": {"kind": "gaussian", "size": 4}}
QUANTISED = {
    "network": {"kind": "conv", "channels": [6, 8], "code_size": 0},
    "code": {"kind": "vector-quantised", "vectors": 16},
}
LOGISTIC = {**GAUSSIAN, "loss": {"kind": "discretised-logistic"}}
ACTIVE = {name: {"network": {"kind": "mlp", "widths": [9], "activation": name}} for name in ("tanh", "elu", "softplus")}
FILES: dict[str, ModelFile] = {
    **{name: model_file(*made) for name, made in NETWORKS.items()},
    "gaussian": model_file(GAUSSIAN),
    "logistic": model_file(LOGISTIC),
    "quantised": model_file(QUANTISED, (1, 12, 8)),
    "residual of an odd size": model_file({"network": {"kind": "residual", "channels": [4, 6]}}, (1, 11, 9)),
    "told of each pixel": model_file(Run().model_copy(update={"network": Pixelwise(channels=(4,), code_size=0)})),
    **{name: model_file(settings) for name, settings in ACTIVE.items()},
}
SHOWN = ("dense", "quantised", "residual of an odd size")
"""What is tried every time; tracing takes a second."""
EVIL = "</script><script>alert('x')</script>\u2028<img src=x onerror=alert(1)>"


def written(file: ModelFile, folder: Path) -> str:
    return exported(file, "live-card", folder).path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The page of one of the files, made once; it is only looked at."""
    return cache(lambda name: exported(FILES[name], "live-card", tmp_path_factory.mktemp("live")).path)


# -- it does what torch does -------------------------------------------------------------------------------------------


@pytest.mark.skipif(NODE is None, reason="node is not there, which runs the page's script")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in SHOWN else pytest.mark.slow) for name in FILES]
)
def test_the_script_gives_the_codes_and_images_that_torch_gives(name: str, page: Callable[[str], Path]) -> None:
    command = [str(NODE), *map(str, (HERE / "live_card.js", resource("export", "live-network.js"), page(name)))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (far,) = json.loads(done.stdout)
    assert far <= live_page.HALF_LIMIT


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not there")
@pytest.mark.parametrize("name", ["gaussian", "convolutional with a dense code", "quantised"])
def test_a_browser_decodes_what_sliders_pointer_keys_and_pictures_say(
    name: str, page: Callable[[str], Path], tmp_path: Path
) -> None:
    with opened(page(name), tmp_path / "profile") as tab:
        found = tab.run((HERE / "live_card_driver.js").read_text(encoding="utf-8"))
    assert found.pop("check") == "check fine"
    assert found.pop("trouble") == "letter.txt is no picture that this browser reads; choose a PNG or a JPEG."
    assert all(found.values()), found
    assert len(found) == 13


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not there")
def test_ink_on_paper_is_swapped_where_a_model_knows_white_on_black_and_can_be_swapped_back(tmp_path: Path) -> None:
    samples = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
    samples[:, :, 2:6, 3:5] = 255
    done = exported(replace(model_file(), samples=samples), "live-card", tmp_path)
    with opened(done.path, tmp_path / "profile") as tab:
        on_paper, on_black, back = tab.run((HERE / "live_card_ground.js").read_text(encoding="utf-8"))
    said = "The code of your picture"
    assert on_paper == {"swapped": True, "corner": 0, "said": f"{said}, dark and bright swapped"}
    assert on_black == {"swapped": False, "corner": 0, "said": said}
    assert back == {"swapped": False, "corner": 255, "said": said}


def test_the_difference_is_that_of_the_weights_as_they_stand_in_the_page(tmp_path: Path) -> None:
    file = model_file()
    done = exported(file, "live-card", tmp_path)
    held = live_page.weights_in(done.path.read_text(encoding="utf-8"))
    (name, *_) = [name for name in held if name.startswith("stages.")]
    assert torch.equal(held[name], file.weights[name].half().float())
    assert done.parity is not None
    assert 1e-6 < done.parity <= live_page.HALF_LIMIT
    assert done.notes[0] == "Weights are written with 16 bits, so that the page stays small."


def test_weights_that_would_show_when_rounded_are_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "HALF_LIMIT", 5e-6)
    file = model_file()
    done = exported(file, "live-card", tmp_path)
    held = live_page.weights_in(done.path.read_text(encoding="utf-8"))
    assert all(torch.equal(held[name], weight) for name, weight in file.weights.items() if name in held)
    assert done.notes[0] == "Weights are written with 32 bits: rounded to 16 they would show."


def test_arrays_come_out_of_a_text_as_they_went_in() -> None:
    arrays = {"bytes": torch.arange(5.0), "half": torch.tensor([[0.5, -2.0]]), "whole": torch.randn(3, 1)}
    found = unpacked(*packed(arrays, {"bytes": "u1", "half": "f2"}))
    assert torch.equal(found["bytes"] * 255, arrays["bytes"])
    assert torch.equal(found["half"], arrays["half"])
    assert torch.equal(found["whole"], arrays["whole"])


# -- one page, by itself -----------------------------------------------------------------------------------------------


def test_a_live_card_holds_nothing_from_elsewhere_and_may_run_its_own_script_alone(page: Callable[[str], Path]) -> None:
    text = page("dense").read_text(encoding="utf-8")
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in text
    assert "default-src 'none'" in text
    assert not re.search(r"\b(src|href)=|@import|url\(|\bfetch\b|XMLHttpRequest|import\(", text)
    assert "prefers-color-scheme: dark" in text


def test_nothing_of_a_file_is_markup_or_script_in_a_live_card(tmp_path: Path) -> None:
    text = written(model_file({"title": EVIL, "explanation": EVIL, **DENSE}), tmp_path)
    assert text.count("<script") == 3
    assert "<img" not in text


def test_a_live_card_maps_the_held_out_images_of_data_that_are_at_hand_with_their_labels(
    page: Callable[[str], Path],
) -> None:
    card = json.loads(re.search('id="card">(.*?)</script>', page("dense").read_text("utf-8"))[1])  # type: ignore[index]
    (count, units), labels = card["table"]["map codes"][2], card["labels"]
    assert units == 7
    assert len(labels) == count > 100
    assert card["names"][labels[0]]


def test_a_code_of_one_number_has_no_map_and_a_page_all_the_same(tmp_path: Path) -> None:
    held = live_page.weights_in(written(model_file({"network": {"kind": "mlp", "widths": [1]}}, samples=1), tmp_path))
    assert held["map components"].shape == (1, 1)


# -- what a page cannot do is refused ----------------------------------------------------------------------------------


class Unknown(Pixelwise):
    """Takes a function of the image that no page knows."""

    kind: ClassVar[str] = "unknown"

    def join(self, images: Tensor, given: Given) -> Tensor:
        return images.erfinv()


class Crosswise(Pixelwise):
    """Takes single pixels of the image, by row and column at once."""

    kind: ClassVar[str] = "crosswise"

    def join(self, images: Tensor, given: Given) -> Tensor:
        order = torch.arange(images.shape[-1])
        return images + images[..., order, order][..., None]


def refusal(file: ModelFile, folder: Path) -> str:
    with pytest.raises(ExportError) as caught:
        exported(file, "live-card", folder)
    assert not list(folder.iterdir())
    return str(caught.value)


def test_an_operation_that_the_page_does_not_know_is_named(tmp_path: Path) -> None:
    network: Network = Unknown(channels=(4,), code_size=0)
    said = refusal(model_file(Run().model_copy(update={"network": network})), tmp_path)
    assert said == (
        "A live card does not know how to compute aten.erfinv.default, which the encoder of this model needs; export "
        "it as ONNX instead."
    )


def test_places_of_two_axes_at_once_are_an_operation_that_the_page_does_not_know(tmp_path: Path) -> None:
    network: Network = Crosswise(channels=(4,), code_size=0)
    said = refusal(model_file(Run().model_copy(update={"network": network})), tmp_path)
    assert "aten.index.Tensor" in said


@pytest.mark.parametrize(("shape", "data"), [((1, 1, 2), "planar"), ((2, 4, 4), "digits")])
def test_data_that_are_no_pictures_are_refused(shape: Any, data: str, tmp_path: Path) -> None:
    said = refusal(model_file({"data": data, "network": {"kind": "mlp", "widths": [3]}}, shape), tmp_path)
    assert said.startswith("A live card shows pictures, grey or in colour,")


def test_a_model_that_a_browser_would_choke_on_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_page, "MOST_WEIGHTS", 900)
    assert refusal(model_file(), tmp_path).startswith("A live card holds up to 900 weights, and this model has 9")


def test_codes_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    file = model_file()
    broken = {**file.weights, "stages.0.W": torch.full_like(file.weights["stages.0.W"], float("nan"))}
    assert "not finite" in refusal(replace(file, weights=broken), tmp_path)
