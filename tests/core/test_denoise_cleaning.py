"""Pictures cleaned tile by tile, and trained models made cleaners of pictures of any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from aestudio.core.denoise.cleaning import SMALLEST, Region, clean, tile_side, tiles
from aestudio.core.denoise.current_model import CurrentModel
from aestudio.core.denoise.models import cleaner_of
from aestudio.core.denoise.picture import Picture, Values
from aestudio.core.denoise.tones import keeping_tones
from aestudio.core.denoise.way import Cleaner, Way
from aestudio.core.denoise.ways.model import TrainedModel
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.ground.errors import Cancelled, DenoiseError
from aestudio.core.ground.shapes import LUMA
from aestudio.core.model import model_file
from aestudio.core.model.autoencoder import Autoencoder
from aestudio.core.model.model_file import ModelFile
from aestudio.core.model.trained import Model
from aestudio.core.parts.dense import DenseStage
from aestudio.core.parts.families.network import Network
from aestudio.core.parts.one_pass import Given
from aestudio.core.run.run import Run
from tests.core.exports import Pixelwise
from tests.core.shown import member

RESIDUAL = {"kind": "residual", "channels": [6, 8], "blocks": 1}
CONV = {"kind": "conv", "channels": [4, 6], "code_size": 0, "output": "identity"}
MLP = {"kind": "mlp", "widths": [20]}


def picture(height: int, width: int, channels: int = 1, dtype: Any = np.float32) -> Picture:
    drawn = np.random.default_rng(0).random((height, width, channels), np.float32)
    if dtype == np.float32:
        return Picture(drawn, white=1.0, name="drawn")
    white = float(np.iinfo(dtype).max)
    return Picture((drawn * white).astype(dtype), white=white, name="drawn")


def model(network: dict[str, Any], shape: tuple[int, int, int], **settings: Any) -> Model:
    """With weights that do something, but not to every pixel the same."""
    run = Run.from_settings({"network": network, "title": "Small model", **settings})
    module = Autoencoder(run, shape)
    generator = torch.Generator().manual_seed(0)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.15, generator=generator)
    return Model(run, shape, module.snapshot())


def blurring(radius: int, seen: list[tuple[int, int]] | None = None) -> Cleaner:
    """A box blur, which has to see `radius` pixels around a tile."""

    def blurred(values: Values) -> Values:
        if seen is not None:
            seen.append(values.shape[:2])
        padded = np.pad(values, ((radius, radius), (radius, radius), (0, 0)), mode="reflect")
        size = 2 * radius + 1
        windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))
        made: Values = windows.mean((3, 4), dtype=np.float32)
        return made

    return Cleaner(blurred, halo=radius, memory=4)


# -- tiles -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("height", "width", "side", "step"), [(1, 1, 8, 1), (100, 37, 16, 4), (64, 64, 64, 8), (9, 90, 7, 16)]
)
def test_tiles_cover_a_region_once_and_are_no_larger_than_asked_for(
    height: int, width: int, side: int, step: int
) -> None:
    covered = np.zeros((height + 10, width + 10), int)
    for tile in tiles(Region(5, 3, height, width), side, step):
        assert 0 < tile.height <= side
        assert 0 < tile.width <= side
        covered[tile.rows, tile.columns] += 1
    assert (covered[5 : 5 + height, 3 : 3 + width] == 1).all()
    assert covered.sum() == height * width


def test_a_tiled_result_is_that_of_the_whole_picture() -> None:
    whole = picture(150, 90, 3)
    small = clean(whole, blurring(3), budget=50 * 50 * 3 * 4)
    assert np.abs(small.stored - clean(whole, blurring(3), budget=1 << 30).stored).max() < 1e-6


def test_a_budget_keeps_the_tiles_small() -> None:
    seen: list[tuple[int, int]] = []
    clean(picture(300, 200), blurring(2, seen), budget=60 * 60 * 4)
    assert len(seen) > 1
    assert max(height * width for height, width in seen) <= 60 * 60


def test_a_region_is_cleaned_as_it_is_within_the_picture() -> None:
    whole, region = picture(80, 90), Region(20, 30, 25, 40)
    part = clean(whole, blurring(4), region=region)
    assert part.stored.shape == (25, 40, 1)
    assert np.allclose(part.stored, clean(whole, blurring(4)).stored[region.rows, region.columns], atol=1e-6)


def test_strength_blends_with_the_original() -> None:
    whole = picture(20, 30)
    full, none, half = (clean(whole, blurring(1), strength=strength).stored for strength in (1.0, 0.0, 0.5))
    assert np.allclose(none, whole.stored)
    assert np.allclose(half, (full + whole.stored) / 2, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_result_has_the_picture_s_own_type_and_its_transparency(dtype: Any) -> None:
    whole = picture(12, 10, 3, dtype)
    alpha = np.arange(120).reshape(12, 10).astype(dtype)
    made = clean(Picture(whole.stored, whole.white, alpha, "drawn", {"profile": b"kept"}), blurring(1))
    assert made.stored.dtype == dtype
    assert made.alpha is not None
    assert (made.alpha == alpha).all()
    assert made.extras == {"profile": b"kept"}
    assert made.stored.std() < whole.stored.std()


def test_whole_numbers_are_rounded_and_cut_off_at_black_and_white() -> None:
    whole = Picture(np.array([[[0], [100], [255]]], np.uint8))
    made = clean(whole, Cleaner(lambda values: values * 1.5 - 0.11, halo=0))
    assert made.stored.ravel().tolist() == [0, round(150 - 28.05), 255]


def test_progress_rises_to_the_end_and_a_cancel_comes_out() -> None:
    told: list[float] = []

    def report(_doing: str, fraction: float | None) -> None:
        assert fraction is not None
        told.append(fraction)
        if len(told) == 3:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        clean(picture(200, 200), blurring(1), budget=40 * 40 * 4, report=report)
    assert told == sorted(told)
    told.clear()
    clean(picture(20, 20), blurring(1), report=lambda _doing, fraction: told.append(fraction or 0.0))
    assert told[-1] == 1.0


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError])
def test_a_device_out_of_memory_gets_smaller_tiles_and_the_result_is_the_same(error: type[Exception]) -> None:
    inner, refused = blurring(2), []

    def scarce(values: Values) -> Values:
        if values.shape[0] * values.shape[1] > 90 * 90:
            refused.append(values.shape)
            raise error
        return inner.clean(values)

    whole = picture(300, 150)
    made = clean(whole, Cleaner(scarce, halo=2, memory=4), budget=1 << 30)
    assert refused
    assert np.abs(made.stored - clean(whole, inner, budget=1 << 30).stored).max() < 1e-6


def test_memory_that_does_not_suffice_for_the_smallest_tile_is_said() -> None:
    def never(values: Values) -> Values:
        raise MemoryError

    with pytest.raises(DenoiseError, match=f"not enough memory to clean drawn, even in tiles of {SMALLEST}×{SMALLEST}"):
        clean(picture(100, 100), Cleaner(never, halo=0))


def test_a_tile_s_halo_is_part_of_the_budget() -> None:
    cleaner = Cleaner(lambda values: values, halo=20, memory=10)
    assert tile_side(cleaner, 3, budget=10 * 3 * 200 * 200) == 160


# -- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [RESIDUAL, CONV], ids=["residual", "conv"])
@pytest.mark.parametrize("size", [(150, 131), (97, 200)], ids=str)
def test_a_convolutional_model_gives_the_same_in_tiles_as_at_once(
    network: dict[str, Any], size: tuple[int, int]
) -> None:
    cleaner, whole = cleaner_of(model(network, (1, 32, 32)), 1), picture(*size)
    tiled = clean(whole, cleaner, budget=int(cleaner.memory * (2 * cleaner.halo + 40) ** 2))
    at_once = clean(whole, cleaner, budget=1 << 32)
    assert tile_side(cleaner, 1, int(cleaner.memory * (2 * cleaner.halo + 40) ** 2)) < 97
    assert np.abs(tiled.stored - at_once.stored).max() < 1e-5
    assert np.abs(at_once.stored - whole.stored).max() > 0.01


@pytest.mark.parametrize("network", [RESIDUAL, CONV], ids=["residual", "conv"])
def test_a_region_that_ends_anywhere_is_cleaned_as_it_is_within_the_whole_picture(network: dict[str, Any]) -> None:
    """Its last row may be the first of a block, from which the model sees farthest down: as far as its halo."""
    cleaner, whole = cleaner_of(model(network, (1, 32, 32)), 1), picture(160, 150)
    at_once = clean(whole, cleaner, budget=1 << 32)
    for more in range(cleaner.step):
        region = Region(more, 0, 37, 41 + more)
        part = clean(whole, cleaner, region=region, budget=1 << 32)
        wanted = at_once.stored[region.rows, region.columns]
        assert np.abs(part.stored - wanted).max() < 1e-6, more


def test_a_convolutional_model_trained_on_odd_sizes_takes_any_size() -> None:
    cleaner = cleaner_of(model(CONV, (1, 15, 13)), 1)
    for size in ((1, 1), (15, 13), (40, 41), (16, 18)):
        assert clean(picture(*size), cleaner).stored.shape == (*size, 1)


@pytest.mark.parametrize("size", [(8, 8), (9, 30), (61, 47)], ids=str)
def test_a_model_of_one_size_gives_the_same_in_tiles_as_at_once(size: tuple[int, int]) -> None:
    cleaner, whole = cleaner_of(model(MLP, (1, 8, 8)), 1), picture(*size)
    tiled = clean(whole, cleaner, budget=int(cleaner.memory * (2 * cleaner.halo + 34) ** 2))
    assert np.abs(tiled.stored - clean(whole, cleaner, budget=1 << 32).stored).max() < 1e-5


def test_a_picture_of_the_model_s_own_size_is_its_reconstruction() -> None:
    made, whole = model(MLP, (1, 8, 8)), picture(8, 8)
    images = torch.from_numpy(whole.stored).permute(2, 0, 1)[None]
    expected = made.decode(made.encode(images))[0, 0].numpy()
    assert np.allclose(clean(whole, cleaner_of(made, 1)).stored[..., 0], expected, atol=1e-5)


def test_patches_leave_no_seams() -> None:
    flat = Picture(np.full((50, 50, 1), 0.3, np.float32), white=1.0)
    made = model({"kind": "linear", "code_size": 64, "tied": False}, (1, 8, 8))
    (stage,) = made.module.span(0, 1)
    assert isinstance(stage, DenseStage)
    assert stage.V is not None
    with torch.no_grad():
        stage.W.copy_(torch.eye(64))
        stage.V.copy_(torch.eye(64))
        stage.b.zero_()
        stage.c.zero_()
    assert np.abs(clean(flat, cleaner_of(made, 1)).stored - 0.3).max() < 1e-6
    noise = picture(50, 43)
    assert np.abs(clean(noise, cleaner_of(made, 1)).stored - noise.stored).max() < 1e-5


def test_a_code_that_looks_at_the_whole_image_is_run_on_patches() -> None:
    sparse = cleaner_of(model(CONV, (1, 16, 16), code={"kind": "top-k", "k": 5}), 1)
    assert "overlapping patches" in sparse.note
    assert sparse.halo == 16


@pytest.mark.parametrize("colour", ["each channel", "brightness only"])
def test_a_grey_model_on_a_colour_picture_says_so(colour: Any) -> None:
    cleaner = cleaner_of(model(RESIDUAL, (1, 16, 16)), 3, colour)
    assert "grey model on a colour picture" in cleaner.note
    whole = picture(20, 20, 3)
    made = clean(whole, cleaner).stored
    if colour == "each channel":
        alone = clean(Picture(whole.stored[..., :1], 1.0), cleaner_of(model(RESIDUAL, (1, 16, 16)), 1)).stored
        assert np.allclose(made[..., :1], alone, atol=1e-6)
    else:
        moved = made - whole.stored
        assert np.allclose(moved, moved[..., :1], atol=1e-6)


def test_a_colour_model_on_a_grey_picture_gives_grey() -> None:
    cleaner = cleaner_of(model(RESIDUAL, (3, 16, 16)), 1)
    assert "colour model on a grey picture" in cleaner.note
    assert clean(picture(20, 20), cleaner).stored.shape == (20, 20, 1)


def test_a_model_of_points_is_refused() -> None:
    with pytest.raises(DenoiseError, match="Small model was trained on 1×1×2 numbers, which are no pictures"):
        cleaner_of(model(MLP, (1, 1, 2)), 1)


# -- models that are told the noise level ------------------------------------------------------------------------------


def told(network: Network, shape: tuple[int, int, int] = (1, 8, 8)) -> Model:
    run = Run(title="Small model").model_copy(update={"network": network})
    return Model(run, shape, Autoencoder(run, shape).snapshot())


def level() -> Network:
    made: Network = member("parts/networks/level", "Level")(units=9)
    return made


def free() -> Network:
    return Pixelwise(channels=(4, 6), code_size=0, output="identity")


def cleaned(made: Model, whole: Picture, **how: Any) -> Values:
    return clean(whole, cleaner_of(made, whole.channels, **how), budget=1 << 32).stored


@pytest.mark.parametrize("network", [level, free], ids=["number", "map"])
def test_a_network_that_declares_a_noise_level_is_told_it_when_it_denoises(network: Callable[[], Network]) -> None:
    made, whole = told(network()), picture(8, 8)
    images = torch.from_numpy(whole.stored).permute(2, 0, 1)[None]
    for sigma in (0.0, 0.3):
        wanted = made.reconstruct(images, {"sigma": torch.tensor(sigma)})[0, 0].numpy()
        assert np.allclose(cleaned(made, whole, sigma=sigma)[..., 0], wanted, atol=1e-5)
    assert not np.allclose(cleaned(made, whole, sigma=0.0), cleaned(made, whole, sigma=0.3), atol=1e-3)
    assert (cleaned(made, whole, sigma=1.5) == cleaned(made, whole, sigma=made.run.network.given[0].high)).all()
    assert (cleaned(made, whole) == cleaned(made, whole, sigma=0.0)).all()  # its default


@pytest.mark.parametrize("way", ["model file", "current model"])
def test_a_way_tells_its_model_the_noise_level_that_was_estimated_or_said(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, whole = told(level()), picture(9, 8)
    prepared: Way = CurrentModel.of(made)
    if way == "model file":
        file = ModelFile(made.run, made.shape, made.module.snapshot(), {})
        monkeypatch.setattr(model_file, "load", lambda _path: file)
        prepared = TrainedModel(path=str(tmp_path / "model.safetensors"))
    for sigma in (0.1, 0.4):
        cleaner = prepared.prepare([whole], sigma)
        assert cleaner.sigma == sigma
        assert (clean(whole, cleaner).stored == clean(whole, cleaner_of(made, 1, sigma=sigma)).stored).all()


def test_the_photo_denoiser_would_be_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made, whole = told(free()), picture(9, 8)
    monkeypatch.setattr(model_file, "load", lambda _path: ModelFile(made.run, made.shape, made.module.snapshot(), {}))
    found = clean(whole, Photo(twice="never").prepare([whole], 0.3)).stored
    as_told, weaker = (
        clean(whole, keeping_tones(cleaner_of(made, 1, sigma=sigma)), budget=1 << 32).stored for sigma in (0.3, 0.1)
    )
    assert (found == as_told).all()
    assert not np.allclose(found, weaker, atol=1e-3)


@pytest.mark.parametrize(
    ("network", "sigma"),
    [(level, 0.3), (free, 0.3), (free, "map")],
    ids=["number, patches", "number told as a map", "map"],
)
@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_what_is_told_is_cut_into_tiles_with_the_picture(
    network: Callable[[], Network], sigma: Any, channels: int
) -> None:
    made, whole = told(network()), picture(61, 47, channels)
    if sigma == "map":
        sigma = np.linspace(0, 0.5, 61 * 47, dtype=np.float32).reshape(61, 47)
    for more in ({}, {"colour": "brightness only"}, {"twice": True}):
        cleaner = cleaner_of(made, channels, sigma=sigma, **more)
        at_once = clean(whole, cleaner, budget=1 << 32).stored
        tiled = clean(whole, cleaner, budget=int(cleaner.memory * (2 * cleaner.halo + 34) ** 2))
        assert at_once.shape == whole.stored.shape
        assert np.abs(tiled.stored - at_once).max() < 1e-5
        region = Region(20, 16, 24, 20)
        part = clean(whole, cleaner, region=region, budget=1 << 32).stored
        if cleaner.beside is not None:
            assert np.abs(part - at_once[region.rows, region.columns]).max() < 1e-5


def test_a_map_is_what_each_pixel_is_told() -> None:
    """The left half as if it were told 0 everywhere, the right half as if it were 0.5, away from the border."""
    made, whole = told(free()), picture(40, 80)
    sigma = np.zeros((40, 80), np.float32)
    sigma[:, 40:] = 0.5
    found, low, high = (cleaned(made, whole, sigma=one) for one in (sigma, 0.0, 0.5))
    reach = cleaner_of(made, 1).halo
    assert np.allclose(found[:, : 40 - reach], low[:, : 40 - reach], atol=1e-5)
    assert np.allclose(found[:, 40 + reach :], high[:, 40 + reach :], atol=1e-5)
    assert not np.allclose(low, high, atol=1e-3)


def test_a_model_that_takes_a_number_refuses_a_map_in_a_sentence() -> None:
    with pytest.raises(DenoiseError, match="takes one noise level for the whole picture, not one for each pixel"):
        cleaner_of(told(level()), 1, sigma=np.zeros((8, 8), np.float32))


def test_the_brightness_of_a_colour_picture_is_told_to_have_less_noise() -> None:
    """Independent noise of σ in three channels is √(0.299² + 0.587² + 0.114²) σ in their weighted mean."""
    seen: list[float] = []

    class Listening(Pixelwise):
        """Remembers what it is told."""

        kind: ClassVar[str] = "listening"

        def join(self, images: Tensor, given: Given) -> Tensor:
            seen.append(float(given["sigma"].mean()))
            return super().join(images, given)

        def join_in_torch(self) -> tuple[str, ...]:
            return super().join_in_torch()

    made = told(Listening(channels=(4,), code_size=0))
    cleaned(made, picture(8, 8, 3), sigma=0.1, colour="brightness only")
    cleaned(made, picture(8, 8, 3), sigma=0.1)
    assert seen == pytest.approx([0.1 * float(np.linalg.norm(LUMA)), 0.1])
