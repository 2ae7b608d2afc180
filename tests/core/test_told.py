"""The residual network that may be told the noise level, and trainings that start from weights that are there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from aestudio.cli import main
from aestudio.core.ground.errors import RunError
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from aestudio.core.training.starting import start_from
from tests.core.conftest import small_dataset

SHAPE = (3, 16, 16)
SIZE = {"channels": [6, 8], "blocks": 1}
RUN = Run.from_settings({"network": {"kind": "residual", **SIZE}})
TOLD = Run.from_settings(
    {"network": {"kind": "residual-told", **SIZE}, "corruption": {"kind": "mixed", "told_share": 1}}
)


def trained(run: Run, shape: tuple[int, int, int] = SHAPE, seed: int = 3) -> dict[str, Tensor]:
    """Weights that do something, every one of them."""
    drawn = torch.Generator().manual_seed(seed)
    weights = Autoencoder(run, shape).snapshot()
    return {name: 0.1 * torch.randn(one.shape, generator=drawn) for name, one in weights.items()}


def images(count: int = 2) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(1))


def test_the_noise_level_is_heard_where_it_is_told_and_unknown_is_none() -> None:
    model = Model(TOLD, SHAPE, trained(TOLD))
    some = images()
    unknown = model.reconstruct(some)
    assert unknown.shape == some.shape
    assert unknown.equal(model.reconstruct(some, {"sigma": torch.tensor(0.0)}))
    number = model.reconstruct(some, {"sigma": torch.tensor(0.1)})
    assert not number.equal(unknown)
    assert number.equal(model.reconstruct(some, {"sigma": torch.full((2, 1, 16, 16), 0.1)}))
    half = torch.full((2, 1, 16, 16), 0.1)
    half[1] = 0
    torch.testing.assert_close(model.reconstruct(some, {"sigma": half})[1], unknown[1])


def test_it_scales_with_its_input_and_the_noise_level_together() -> None:
    model = Model(TOLD, SHAPE, trained(TOLD))
    once = model.reconstruct(images(), {"sigma": torch.tensor(0.1)})
    torch.testing.assert_close(model.reconstruct(3 * images(), {"sigma": torch.tensor(0.3)}), 3 * once)


def test_what_it_starts_from_comes_out_of_it_until_it_learns() -> None:
    plain = Model(RUN, SHAPE, trained(RUN))
    told = Autoencoder(TOLD, SHAPE)
    start_from(told, plain.module.snapshot())
    model = Model(TOLD, SHAPE, told.snapshot())
    for level in (0.0, 0.2):
        given = {"sigma": torch.tensor(level)}
        torch.testing.assert_close(model.reconstruct(images(), given), plain.reconstruct(images()))


@pytest.mark.parametrize(
    "other",
    [{"kind": "residual", "channels": [6, 10], "blocks": 1}, {"kind": "mlp", "widths": [4]}],
    ids=["another width", "another network"],
)
def test_weights_of_another_network_are_refused_in_a_sentence(other: dict[str, object]) -> None:
    before = (model := Autoencoder(TOLD, SHAPE)).snapshot()
    weights = trained(Run.from_settings({"network": other}))
    with pytest.raises(RunError, match=r"These weights cannot be started from: .* should be .* and is"):
        start_from(model, weights)
    assert all(one.equal(before[name]) for name, one in model.snapshot().items())


def test_a_training_starts_from_weights_and_goes_on_from_there() -> None:
    dataset = small_dataset()
    run = RUN.with_value("network.channels", [4]).with_value("epochs", 1).with_value("optimiser.learning_rate", 1e-9)
    weights = trained(run, dataset.shape)
    finished = list(fit(run, dataset, start=weights))[-1]
    assert isinstance(finished, Finished)
    assert finished.weights is not None
    for name, one in weights.items():
        torch.testing.assert_close(finished.weights[name], one, atol=1e-6, rtol=0)


def test_a_training_that_cannot_begin_ends_without_weights() -> None:
    run, other = (RUN.with_value("network.channels", channels) for channels in ([4], [6]))
    dataset = small_dataset()
    (finished,) = fit(run, dataset, start=trained(other, dataset.shape))
    assert isinstance(finished, Finished)
    assert finished.weights is None


def test_the_command_line_starts_from_a_model_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = RUN.with_value("network.channels", [4])
    path, weights = tmp_path / "first.safetensors", trained(run, (1, 8, 8))
    ModelFile(run=run, shape=(1, 8, 8), weights=weights, scores={}).save(path)
    settings = [
        "--set",
        "network=residual-told",
        "--set",
        "network.channels=4",
        "--set",
        "optimiser.learning_rate=1e-9",
    ]
    common = ["train", "denoising-convolutional", "--data", "digits", "--epochs", "1", "--no-library", "--json"]
    out = tmp_path / "out"
    assert main([*common, *settings, "--start", str(path), "--out", str(out)]) == 0
    capsys.readouterr()
    made = model_file.load(out / "model.safetensors").weights
    for name, one in weights.items():
        kept = made[name][:, : one.shape[1]]
        torch.testing.assert_close(kept, one, atol=1e-6, rtol=0)
    assert main([*common, "--start", str(tmp_path / "none.safetensors")]) == 2
    assert "cannot be opened" in capsys.readouterr().err
