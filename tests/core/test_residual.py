"""The residual network, and what the pipeline has for training it: random noise levels, flips, bfloat16 factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aestudio.commands.train import with_settings
from aestudio.core.data.dataset import Dataset, Resident, Split
from aestudio.core.data.sources.folder import ImageFolder
from aestudio.core.ground.compute import knows_bfloat16
from aestudio.core.ground.errors import ProbeError, RunError
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.sizes import reach
from aestudio.core.model.trained import Model
from aestudio.core.parts.augmentations.flips import Flips
from aestudio.core.parts.corruptions.gaussian_range import GaussianRange
from aestudio.core.parts.networks.residual import ResidualNetwork
from aestudio.core.parts.one_pass import TRAIN
from aestudio.core.parts.penalties.contractive import Contractive
from aestudio.core.parts.plan import Span
from aestudio.core.parts.residual import ResidualStage
from aestudio.core.parts.stages import Stage
from aestudio.core.probes.filters import filters
from aestudio.core.probes.norm import norm
from aestudio.core.run import recipes
from aestudio.core.run.events import Finished
from aestudio.core.run.run import Run
from aestudio.core.training.fit import fit
from tests.core.conftest import decoded, hidden_of

NETWORK = {"kind": "residual", "channels": [6, 8], "blocks": 1}


def stage(shape: tuple[int, int, int] = (1, 16, 16), **settings: object) -> ResidualStage:
    """New, with a decoder that adds something."""
    torch.manual_seed(0)  # with other weights a ReLU may be shut for all that the farthest pixel sends
    (made,) = ResidualNetwork.model_validate({"channels": (6, 8), "blocks": 1} | settings).build(shape)
    assert isinstance(made, ResidualStage)
    torch.nn.init.normal_(made.decoder.weight, std=0.1, generator=torch.Generator().manual_seed(0))
    return made.double()


def model(shape: tuple[int, int, int] = (1, 16, 16), **changes: object) -> Model:
    run = Run.from_settings({"network": NETWORK, **changes})
    return Model(run, shape, Autoencoder(run, shape).snapshot())


def random(*shape: int) -> torch.Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


# -- the network -------------------------------------------------------------------------------------------------------


def test_training_starts_from_the_image_itself() -> None:
    (new,) = ResidualNetwork().build((3, 16, 24))
    x = torch.rand(2, 3, 16, 24)
    assert new.decode(new.encode(x)).equal(x)


def test_it_scales_with_its_input() -> None:
    one, x = stage(), random(2, 1, 16, 16)
    assert torch.allclose(one.decode(one.encode(3 * x)), 3 * one.decode(one.encode(x)))


@pytest.mark.parametrize("settings", [{"channels": (4,)}, {"channels": (4, 6)}, {"channels": (4, 5, 6), "blocks": 2}])
def test_a_pixel_sees_exactly_as_far_as_its_reach(settings: dict[str, object]) -> None:
    one = stage((1, 16, 16), **settings)
    size = 2 * one.reach + 4 * one.stride
    size += -size % one.stride
    x = random(1, 1, size, size).requires_grad_()
    made = one.decode(one.encode(x))
    farthest = 0
    for place in range(size // 2, size // 2 + one.stride):
        (gradient,) = torch.autograd.grad(made[0, 0, place, place], x, retain_graph=True)
        rows = (gradient[0, 0].abs().sum(1) > 0).nonzero()
        farthest = max(farthest, place - int(rows.min()), int(rows.max()) - place)
    assert farthest == one.reach


def test_the_reach_of_convolutions_adds_up_over_their_strides() -> None:
    run = Run.from_settings({"network": {"kind": "conv", "channels": [3, 4], "code_size": 0, "activation": "tanh"}})
    trained = Model(run, (1, 32, 32), Autoencoder(run, (1, 32, 32)).snapshot())
    x = torch.rand(1, 1, 32, 32, requires_grad=True)
    module = trained.module.requires_grad_(True)
    made = decoded(module, hidden_of(module, x))
    farthest = 0
    for place in range(12, 20):
        (gradient,) = torch.autograd.grad(made[0, 0, place, place], x, retain_graph=True)
        rows = (gradient[0, 0].abs().sum(1) > 0).nonzero()
        farthest = max(farthest, place - int(rows.min()), int(rows.max()) - place)
    assert farthest <= reach(trained) <= farthest + 2


def test_its_work_counts_every_convolution_at_its_own_resolution() -> None:
    one = stage((3, 32, 32), channels=(4, 5, 6), blocks=2)
    counted = 0

    def count(layer: torch.nn.Module, _given: object, made: torch.Tensor) -> None:
        nonlocal counted
        assert isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d)
        places = made.shape[2] * made.shape[3]
        if isinstance(layer, torch.nn.ConvTranspose2d):
            places //= layer.stride[0] ** 2  # each weight meets each place of its input once
        counted += layer.weight.numel() * places

    for layer in one.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            layer.register_forward_hook(count)
    one.decode(one.encode(random(1, 3, 32, 32)))
    assert one.work() == counted


def test_more_levels_than_the_image_can_be_halved_are_refused() -> None:
    with pytest.raises(RunError, match="can be halved 3 times, but the network has 4 levels; use 3 or fewer"):
        Run.from_settings({"network": {"kind": "residual", "channels": [2, 2, 2, 2]}}).check((1, 8, 8))


def test_probes_of_single_units_say_that_its_units_have_no_weights_of_their_own() -> None:
    with pytest.raises(ProbeError, match="come out of many layers"):
        filters(model())


def test_its_jacobian_is_never_taken_for_that_of_one_layer() -> None:
    one, x = stage((1, 8, 8)), random(3, 1, 8, 8)
    run = Run.from_settings({"network": NETWORK, "penalties": [{"kind": "contractive", "method": "exact"}]})
    whole = Autoencoder(run, (1, 8, 8)).double()
    whole.stages[0] = one
    assert Contractive().chosen([one], 3) != "closed form"
    jacobian = torch.func.vmap(torch.func.jacrev(lambda y: one.encode(y[None])[0].flatten()))(x)
    seen = whole.look(run, x, Span(0, 1), TRAIN)
    assert float(run.penalties[0](seen, None).detach()) == pytest.approx(
        float(jacobian.square().sum((1, 2, 3, 4)).mean())
    )


def test_its_measured_norm_is_that_of_the_whole_encoder() -> None:
    found, x = model((1, 8, 8)), torch.rand(2, 1, 8, 8)

    def encoded(y: torch.Tensor) -> torch.Tensor:
        (only,) = found.module.span(0, 1)
        assert isinstance(only, Stage)
        return only.encode(y[None])[0].flatten()

    jacobian = torch.func.vmap(torch.func.jacrev(encoded))(x)
    assert norm(found, x).mean_squared == pytest.approx(float(jacobian.square().sum((1, 2, 3, 4)).mean()), rel=1e-4)


# -- random noise levels -----------------------------------------------------------------------------------------------


def test_every_image_gets_a_noise_level_of_its_own_between_the_limits() -> None:
    clean = torch.full((400, 1, 40, 40), 0.5)
    noisy = GaussianRange(low=0.1, high=0.3).seen(clean, torch.Generator().manual_seed(0))
    levels = (noisy - clean).flatten(1).std(1)
    assert 0.095 < float(levels.min()) < 0.105
    assert 0.29 < float(levels.max()) < 0.31
    assert float(levels.mean()) == pytest.approx(0.2, abs=0.01)
    assert float(levels.std()) == pytest.approx(0.2 / 12**0.5, rel=0.1)


def test_a_least_level_above_the_largest_is_refused() -> None:
    run = Run.from_settings({"corruption": {"kind": "gaussian-range", "low": 0.3, "high": 0.1}})
    with pytest.raises(RunError, match=r"least noise σ \(0.3\) is above the largest \(0.1\)"):
        run.check((1, 8, 8))


# -- flips -------------------------------------------------------------------------------------------------------------


def symmetries(image: torch.Tensor) -> list[torch.Tensor]:
    """Of one image [C, H, W]."""
    return [torch.rot90(one, turns, (1, 2)) for one in (image, image.flip(2)) for turns in range(4)]


def test_flips_draw_all_eight_symmetries_of_a_square_alike() -> None:
    image = torch.arange(9.0).view(1, 3, 3)
    many = Flips()(image.expand(4000, 1, 3, 3), torch.Generator().manual_seed(0))
    counts = [int((many == one).flatten(1).all(1).sum()) for one in symmetries(image)]
    assert sum(counts) == 4000
    assert all(400 < count < 600 for count in counts)


@pytest.mark.parametrize(("turn", "shape"), [(False, (3, 3)), (True, (2, 3))], ids=["asked not to", "oblong"])
def test_without_turns_rows_stay_rows(turn: bool, shape: tuple[int, int]) -> None:
    image = torch.arange(float(shape[0] * shape[1])).view(1, *shape)
    flips = [image, image.flip(1), image.flip(2), image.flip(1, 2)]
    many = Flips(turn=turn)(image.expand(500, 1, *shape), torch.Generator().manual_seed(0))
    counts = [int((many == one).flatten(1).all(1).sum()) for one in flips]
    assert sum(counts) == 500
    assert min(counts) > 80


def test_other_colours_stay_between_black_and_white_and_are_each_image_s_own() -> None:
    images = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)).expand(50, 3, 8, 8)
    made = Flips(colours=1.0)(images, torch.Generator().manual_seed(1))
    assert made.min() >= 0
    assert made.max() <= 1
    assert made.isfinite().all()
    means = made.mean((2, 3))
    assert len(means.unique(dim=0)) == 50
    away = (made - made.mean(1, keepdim=True)).square().mean() / (images - images.mean(1, keepdim=True)).square().mean()
    assert away > 1.5  # more saturated


def test_without_colours_flips_change_no_value() -> None:
    images = torch.rand(20, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    made = Flips(colours=0.0)(images, torch.Generator().manual_seed(1))
    assert made.flatten(2).sort().values.equal(images.flatten(2).sort().values)


def test_black_white_and_grey_images_take_other_colours_too() -> None:
    for value in (0.0, 1.0):
        made = Flips(colours=1.0)(torch.full((4, 3, 4, 4), value), torch.Generator().manual_seed(0))
        assert (made == value).all()
    assert Flips(colours=1.0)(torch.rand(4, 1, 4, 4), torch.Generator().manual_seed(0)).isfinite().all()


def few(count: int = 24) -> Dataset:
    drawn = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 1, 16, 16), dtype=torch.uint8, generator=drawn)
    return Dataset("few", Split(Resident(images[: count - 4])), Split(Resident(images[count - 4 :])))


def trained(**settings: object) -> Finished:
    run = Run.from_settings({"network": NETWORK, "epochs": 2, "batch_size": 4, "loss": "absolute"} | settings)
    *_, end = fit(run, few())
    assert isinstance(end, Finished)
    assert (end.reason, end.error) == ("completed", "")
    return end


def test_augmentation_reaches_training_and_the_seed_fixes_it() -> None:
    plain, flipped, again = (trained(network="mlp", augmentation=kind).weights for kind in ("none", "flips", "flips"))
    assert plain is not None
    assert flipped is not None
    assert again is not None
    assert all(flipped[name].equal(again[name]) for name in flipped)
    assert not all(flipped[name].equal(plain[name]) for name in flipped)


# -- bfloat16 ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not knows_bfloat16(torch.device("cpu")), reason="this processor multiplies no bfloat16")
def test_bfloat16_rounds_factors_and_keeps_weights_in_float32() -> None:
    exact, rounded = (
        trained(corruption="gaussian", precision=precision).weights for precision in ("float32", "bfloat16")
    )
    assert exact is not None
    assert rounded is not None
    assert all(weight.dtype == torch.float32 for weight in rounded.values())
    assert not all(rounded[name].equal(exact[name]) for name in exact)
    apart = torch.cat([(rounded[name] - exact[name]).flatten() for name in exact]).norm()
    assert float(apart) < 0.1 * float(torch.cat([weight.flatten() for weight in exact.values()]).norm())


# -- the recipe on a folder --------------------------------------------------------------------------------------------


def test_a_recipe_of_patches_takes_patches_of_a_folder_in_its_size_and_colours(tmp_path: Path) -> None:
    noise = np.random.default_rng(0)
    for name in ("one.png", "two.png"):
        Image.fromarray(noise.integers(0, 256, (80, 90, 3), np.uint8)).save(tmp_path / name)
    run = with_settings(recipes.find("photo-denoiser-grey").run(), str(tmp_path), ["data.patches=12"])
    assert isinstance(run.data, ImageFolder)
    assert (run.data.take, run.data.size, run.data.colour) == ("random patches", 64, False)
    assert run.data.load().shape == (1, 64, 64)


def test_folders_train_and_test_are_no_split_where_the_person_says_so(tmp_path: Path) -> None:
    for folder in ("train", "test"):
        (tmp_path / folder).mkdir()
        for number in range(5):
            Image.new("L", (8, 8), 20 * number).save(tmp_path / folder / f"{number}.png")
    kept = ImageFolder(path=str(tmp_path), size=8, held_out=0.2).load()
    mixed = ImageFolder(path=str(tmp_path), size=8, held_out=0.2, given_split=False).load()
    assert (len(kept.train), len(kept.held_out)) == (5, 5)
    assert (len(mixed.train), len(mixed.held_out)) == (8, 2)
