"""Reading image files and bringing images to a shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from PIL import Image

from aestudio.core.data.reading.levels import white_level
from aestudio.core.data.reading.pictures import contrasts, fit_image, random_patches, read_image
from aestudio.core.ground.errors import DataError

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def save(folder: Path, image: Image.Image, name: str, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "pgm", "tif", "webp", "gif"])
def test_grey_of_8_bits_is_read_exactly_from_every_lossless_format(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    pixels = read_image(save(tmp_path, Image.fromarray(RAMP), f"ramp.{suffix}", **options))
    assert pixels.dtype == np.float32
    assert pixels.shape[:2] == (16, 16)
    assert np.array_equal(np.rint(pixels * 255), np.broadcast_to(RAMP[..., None], pixels.shape))


def test_a_16_bit_grey_png_keeps_its_depth(tmp_path: Path) -> None:
    deep = (np.arange(256, dtype=np.uint16) * 257 + 3).clip(0, 65535).reshape(16, 16)
    pixels = read_image(save(tmp_path, Image.fromarray(deep), "deep.png"))
    assert np.allclose(pixels[..., 0] * 65535, deep, atol=0.01)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_16_bit_tiff_keeps_its_depth(tmp_path: Path, byteorder: Literal["<", ">"], channels: int) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (8, 9, channels), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "deep.tif", deep.squeeze(), byteorder=byteorder)
    assert np.allclose(read_image(tmp_path / "deep.tif") * 65535, deep, atol=0.01)


def test_a_16_bit_tiff_of_separate_planes_is_read_as_colour(tmp_path: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (3, 8, 9), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "planes.tif", deep, photometric="rgb", planarconfig="separate")
    assert np.allclose(read_image(tmp_path / "planes.tif") * 65535, deep.transpose(1, 2, 0), atol=0.01)


def test_a_16_bit_tiff_with_alpha_is_laid_on_white(tmp_path: Path) -> None:
    deep = np.zeros((4, 4, 4), np.uint16)
    deep[:2, :, 3] = 65535
    tifffile.imwrite(tmp_path / "alpha.tif", deep, photometric="rgb", extrasamples=["unassalpha"])
    pixels = read_image(tmp_path / "alpha.tif")
    assert pixels.shape == (4, 4, 3)
    assert pixels[0].max() == 0
    assert pixels[3].min() == 1


def test_a_16_bit_tiff_where_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "white.tif", np.zeros((4, 4), np.uint16), photometric="miniswhite")
    assert read_image(tmp_path / "white.tif").min() == 1


@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_a_float_tiff_may_reach_to_1_or_to_255(tmp_path: Path, scale: float) -> None:
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    tifffile.imwrite(tmp_path / "float.tif", values * np.float32(scale))
    assert np.allclose(read_image(tmp_path / "float.tif")[..., 0], values, atol=1e-6)


def test_a_float_tiff_beyond_any_known_range_is_read_by_the_range_found_in_it(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "normal.tif", np.linspace(-3, 3, 64, dtype=np.float32).reshape(8, 8))
    pixels = read_image(tmp_path / "normal.tif")
    assert np.allclose(np.diff(pixels.ravel())[2:-2], 1 / 61, atol=1e-3)
    assert (pixels.min(), pixels.max()) == (0.0, 1.0)


def test_only_the_first_page_of_a_tiff_is_read(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "pages.tif", np.full((3, 6, 7), [[[0]], [[9]], [[9]]], np.uint16), photometric="minisblack"
    )
    pixels = read_image(tmp_path / "pages.tif")
    assert pixels.shape == (6, 7, 1)
    assert pixels.max() == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "P"])
def test_transparent_parts_become_white_and_opaque_ones_stay(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((0, 0), (0, 0, 0, 255))
    if mode == "P":
        image = Image.new("P", (4, 4), 1)
        image.putpalette([0, 0, 0, 9, 9, 9])
        image.putpixel((0, 0), 0)
        path = save(tmp_path, image, "hole.png", transparency=1)
    else:
        path = save(tmp_path, image if mode == "RGBA" else image.convert("LA"), "hole.png")
    pixels = read_image(path)
    assert pixels[0, 0].max() == 0
    assert pixels[1:].min() == 1
    assert pixels.shape[2] in (1, 3)


def test_half_transparent_black_on_white_is_middle_grey(tmp_path: Path) -> None:
    path = save(tmp_path, Image.new("RGBA", (2, 2), (0, 0, 0, 128)), "half.png")
    assert np.allclose(read_image(path), 1 - 128 / 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_photographs_are_turned_upright_as_their_exif_says(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = np.zeros((24, 40, 3), np.uint8)
    upright[:12, :20] = 255  # the bright corner belongs at the top left
    # How the camera stored it: the inverse of what each orientation asks for.
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1], 8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    path = save(tmp_path, Image.fromarray(np.ascontiguousarray(stored)), f"turned.{suffix}", exif=exif)
    pixels = read_image(path)
    assert pixels.shape == (24, 40, 3)
    assert pixels[:8, :16].min() > 0.9
    assert pixels[16:].max() < 0.1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_tiffs_are_turned_upright_too(tmp_path: Path, orientation: int) -> None:
    upright = np.zeros((6, 10), np.uint16)
    upright[:3, :5] = 65535
    across = upright.T
    stored = [upright, upright[:, ::-1], upright[::-1, ::-1], upright[::-1]]
    stored += [across, across[::-1], across[::-1, ::-1], across[:, ::-1]]
    tifffile.imwrite(
        tmp_path / "turned.tif",
        np.ascontiguousarray(stored[orientation - 1]),
        extratags=[(274, 3, 1, orientation, True)],
    )
    assert np.array_equal(read_image(tmp_path / "turned.tif")[..., 0], upright / 65535)


def test_cmyk_and_palette_images_become_colour(tmp_path: Path) -> None:
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    for path in (
        save(tmp_path, red.convert("CMYK"), "red.jpg", quality=95),
        save(tmp_path, red.convert("P", palette=Image.Palette.ADAPTIVE), "red.png"),
    ):
        assert np.allclose(read_image(path), [1, 0, 0], atol=0.05)


def test_an_animation_gives_its_first_picture(tmp_path: Path) -> None:
    frames = [Image.new("L", (5, 4), grey) for grey in (10, 200)]
    path = save(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    assert np.allclose(read_image(path), 10 / 255)


def test_a_black_and_white_image_reaches_from_0_to_1(tmp_path: Path) -> None:
    path = save(tmp_path, Image.fromarray(RAMP > 100), "bits.png")
    assert set(np.unique(read_image(path))) == {0.0, 1.0}


def test_a_jpeg_decoded_small_keeps_at_least_the_size_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path, Image.new("RGB", (640, 400), (200, 100, 50)), "large.jpg")
    assert read_image(path, at_least=100).shape == (100, 160, 3)
    assert read_image(path, at_least=101).shape == (200, 320, 3)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "gif", "bmp"])
def test_a_file_that_is_cut_short_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = save(tmp_path, Image.fromarray(noise), f"short.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(DataError, match=rf"^short\.{suffix} is (damaged or cut short|not an image).*\.$"):
        read_image(path)


def test_a_deep_tiff_that_is_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "short.tif"
    tifffile.imwrite(path, np.random.default_rng(0).integers(0, 65536, (64, 64, 3), dtype=np.uint16))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(DataError, match=r"^short\.tif "):
        read_image(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is an empty file"),
        (b"Dear diary", "is not an image"),
        (b"II*\0" + bytes(40), "is damaged|is not an image"),
    ],
)
def test_a_file_that_is_no_image_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"^odd\.png ({said}).*\.$"):
        read_image(path)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^gone\.png does not exist"):
        read_image(tmp_path / "gone.png")
    (tmp_path / "album.png").mkdir()
    with pytest.raises(DataError, match=r"^album\.png is a folder"):
        read_image(tmp_path / "album.png")


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aestudio.core.data.reading.header.MOST_PIXELS", 1_000)
    path = save(tmp_path, Image.new("L", (40, 40)), "bomb.png")
    with pytest.raises(DataError, match=r"^bomb\.png claims 40×40 pixels"):
        read_image(path)
    tifffile.imwrite(tmp_path / "bomb.tif", np.zeros((40, 40), np.uint16))
    with pytest.raises(DataError, match=r"^bomb\.tif claims 40×40 pixels"):
        read_image(tmp_path / "bomb.tif")


def test_fitting_to_grey_weighs_the_colours_as_the_eye_does() -> None:
    colours = np.eye(3, dtype=np.float32)[None]  # a red, a green and a blue pixel
    assert fit_image(colours, (1, 1, 3)).tolist() == [[[76, 150, 29]]]


def test_fitting_grey_to_colour_repeats_it() -> None:
    fit = fit_image(np.full((3, 3, 1), 0.2), (3, 3, 3))
    assert fit.dtype == np.uint8
    assert (fit == 51).all()


def test_fitting_crops_the_middle_at_the_aspect_that_is_asked_for() -> None:
    wide = np.zeros((10, 30, 1), np.float32)
    wide[:, 10:20] = 1
    assert (fit_image(wide, (1, 5, 5)) == 255).all()
    squeezed = fit_image(wide, (1, 5, 5), crop=False)
    assert squeezed[0, :, 2].min() > 200
    assert squeezed[0, :, 0].max() < 10


def test_shrinking_does_not_alias() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), 128)[None, :, None].repeat(256, 0)
    assert np.abs(fit_image(stripes, (1, 32, 32))[:, :, 2:-2].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 7)])
def test_images_of_any_aspect_can_be_fitted(shape: tuple[int, int]) -> None:
    assert (fit_image(np.ones((*shape, 3), np.float32), (1, 16, 16)) == 255).all()


def test_random_patches_are_pieces_of_the_image_and_repeat_with_the_seed() -> None:
    image = np.arange(20 * 30, dtype=np.float32).reshape(20, 30, 1)
    first, second = (random_patches(image, 8, 50, np.random.default_rng(3)) for _ in range(2))
    assert first.shape == (50, 8, 8, 1)
    assert np.array_equal(first, second)
    corners = first[:, 0, 0, 0].astype(int)
    assert np.array_equal(first, np.stack([image[c // 30 : c // 30 + 8, c % 30 : c % 30 + 8] for c in corners]))
    assert len(np.unique(corners)) > 30


def test_patches_larger_than_the_image_are_refused() -> None:
    with pytest.raises(DataError, match="is 4×5 pixels, smaller than a patch of 8×8"):
        random_patches(np.zeros((5, 4, 1)), 8, 1, np.random.default_rng(0))


def test_contrasts_are_the_standard_deviations_of_all_patches() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (9, 11)).astype(np.uint8)
    found = contrasts(grey, 4)
    assert found.shape == (6, 8)
    wanted = [[grey[y : y + 4, x : x + 4].std() for x in range(8)] for y in range(6)]
    assert np.allclose(found, wanted)


@pytest.mark.parametrize(
    ("values", "white"),
    [
        (np.array([0.0, 1.05]), 1.0),
        (np.array([0, 200]), 255.0),
        (np.array([True, False]), 1.0),
        (np.array([0, 4095], np.uint16), 65535.0),
        (np.array([], np.float32), 1.0),
    ],
)
def test_white_is_the_smallest_range_that_covers_the_values(values: np.ndarray, white: float) -> None:
    assert white_level(values) == white


@pytest.mark.parametrize("values", [np.array([np.nan]), np.array([-1.0, 1.0]), np.array([1e6]), np.array([1j])])
def test_values_that_are_no_brightness_are_refused(values: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"holds .*"):
        white_level(values)
