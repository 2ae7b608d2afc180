"""Files of every kind of number, colour and page: the same for training and for cleaning, or one sentence for both."""

from __future__ import annotations

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from aestudio.core.data.reading import heif
from aestudio.core.data.reading.header import MOST_PIXELS
from aestudio.core.data.reading.pictures import Range, page_count, read_counted, read_image, read_own
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import write_pages, write_picture
from aestudio.core.denoise.noise import estimate
from aestudio.core.denoise.picture import Picture
from aestudio.core.denoise.ways.photo import Photo
from aestudio.core.ground.errors import DataError, DenoiseError
from tests.present import present

ROWS_PER_STRIP = 278
CASES = Path(__file__).parents[3] / "shared" / "cases"
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def ramp(dtype: Any, low: float, high: float, height: int = 24, width: int = 40) -> NDArray[Any]:
    return np.linspace(low, high, height * width).reshape(height, width).astype(dtype)


def again(path: Path, folder: Path) -> Picture:
    """The file read, written and read."""
    out = folder / f"again{path.suffix}"
    pages = [read_picture(path, page) for page in range(read_header(path).frames)]
    write_pages(pages, out)
    return read_picture(out)


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_while_a_picture_is_opened_other_threads_find_a_number_as_the_limit_of_pillow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They compare with it in the middle of reading, and took None for one of 18 photographs now and then."""
    path, limit, seen = tmp_path / "grey.png", Image.MAX_IMAGE_PIXELS, []
    Image.fromarray(ramp(np.uint8, 0, 255)).save(path)
    honest = Image.open

    def opening(*given: Any) -> Image.Image:
        seen.append(Image.MAX_IMAGE_PIXELS)
        return honest(*given)

    monkeypatch.setattr(Image, "open", opening)
    read_image(path)
    assert seen
    assert all(isinstance(one, int) and one >= MOST_PIXELS for one in seen)
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_a_compressed_picture_in_one_piece_may_be_larger_than_the_limit_of_pillow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    path = tmp_path / "one strip.tif"
    values = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(values).save(path, compression=compression, tiffinfo={ROWS_PER_STRIP: 40})
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert np.array_equal(np.rint(read_image(path) * 255), values)


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        (np.int8, -100, 100), (np.int16, -3000, 3000), (np.int16, 0, 20_000), (np.int32, 0, 20_000),
        (np.int32, -(2**31), 2**31 - 1), (np.uint32, 0, 20_000), (np.uint32, 0, 2**32 - 1), (np.uint16, 100, 1100),
        (np.float16, -1, 1), (np.float32, -0.5, 0.5), (np.float32, 1e-7, 1e-6), (np.float32, -1e12, 1e12),
        (np.float64, 1e6, 1e6 + 1), (np.uint64, 0, 2**40),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 3])
def test_every_kind_of_number_is_read_and_written_back_unchanged(
    tmp_path: Path, dtype: Any, low: float, high: float, channels: int
) -> None:
    values = np.stack([ramp(dtype, low, high)] * channels, 2).squeeze()
    path = tmp_path / "numbers.tif"
    tifffile.imwrite(path, values, photometric="rgb" if channels == 3 else "minisblack")
    picture = read_picture(path)
    assert np.allclose(picture.stored.squeeze(), values, rtol=1e-6)
    whole = (slice(None), slice(None))
    assert np.array_equal(picture.cleaned(picture.values(), *whole), picture.stored)
    assert np.array_equal(again(path, tmp_path).stored, picture.stored)
    with tifffile.TiffFile(tmp_path / "again.tif") as tiff:
        assert tiff.pages.first.dtype == dtype
        assert np.array_equal(tiff.asarray(), values)


@pytest.mark.parametrize(("dtype", "high"), [(np.int16, 20_000), (np.int32, 20_000), (np.uint32, 20_000)])
def test_the_same_whole_numbers_are_the_same_picture_in_every_type(tmp_path: Path, dtype: Any, high: int) -> None:
    tifffile.imwrite(tmp_path / "one.tif", ramp(dtype, 0, high))
    tifffile.imwrite(tmp_path / "deep.tif", ramp(np.uint16, 0, high))
    assert np.allclose(read_image(tmp_path / "one.tif"), read_image(tmp_path / "deep.tif"), atol=1e-6)
    assert np.allclose(
        read_picture(tmp_path / "one.tif").values(), read_picture(tmp_path / "deep.tif").values(), atol=1e-6
    )


@pytest.mark.parametrize("bits", [9, 10, 12, 14])
def test_numbers_of_odd_widths_are_read_to_the_last_bit(tmp_path: Path, bits: int) -> None:
    values = ramp(np.uint16, 0, 2**bits - 1, 5, 7)
    each = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    packed = np.packbits(each.reshape(5, -1).astype(np.uint8), axis=1).tobytes()
    path = tmp_path / "odd.tif"
    path.write_bytes(tiff_by_hand(7, 5, bits, packed))
    assert np.array_equal(read_picture(path).stored[..., 0], values)
    assert read_image(path).max() == 1
    assert np.array_equal(again(path, tmp_path).stored[..., 0], values)


def tiff_by_hand(width: int, height: int, bits: int, packed: bytes) -> bytes:
    """Of grey, in one strip, by the letter of the standard."""
    tags = ((256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1), (278, height))
    entries = [*tags, (279, len(packed))]
    made = b"II*\0" + (8 + len(packed)).to_bytes(4, "little") + packed + len(entries).to_bytes(2, "little")
    for code, value in entries:
        made += code.to_bytes(2, "little") + b"\4\0\1\0\0\0" + value.to_bytes(4, "little")
    return made + bytes(4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_stay_as_they_are_and_are_said(tmp_path: Path, bad: float) -> None:
    values = ramp(np.float32, 0, 1)
    values[3, 4] = bad
    tifffile.imwrite(tmp_path / "nan.tif", values)
    picture = read_picture(tmp_path / "nan.tif")
    assert np.isfinite(picture.values()).all()
    assert abs(float(picture.stored[3, 4, 0]) - float(values[3, 3])) < 0.1
    assert str(picture.notes[0]) == "1 pixel is no number and stays as it is."
    write_picture(picture, tmp_path / "out.tif")
    assert np.array_equal(tifffile.imread(tmp_path / "out.tif"), values, equal_nan=True)
    assert np.isfinite(read_image(tmp_path / "nan.tif")).all()


def test_a_file_without_any_number_is_a_sentence_for_both(tmp_path: Path) -> None:
    path = tmp_path / "nothing.tif"
    tifffile.imwrite(path, np.full((4, 4), np.nan, np.float32))
    with pytest.raises(DenoiseError, match=r"^nothing\.tif holds no numbers"):
        read_picture(path)
    with pytest.raises(DataError, match=r"^nothing\.tif holds no numbers"):
        read_image(path)


def test_complex_numbers_are_a_sentence_for_both(tmp_path: Path) -> None:
    path = tmp_path / "waves.tif"
    tifffile.imwrite(path, np.ones((4, 4), np.complex64))
    for read, kind in ((read_picture, DenoiseError), (read_image, DataError)):
        with pytest.raises(kind, match=r"^waves\.tif holds numbers of \d+ bits that are not read"):
            read(path)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
def test_integers_of_the_shared_case_are_one_picture(tmp_path: Path) -> None:
    reads = [read_image(CASES / "08" / "ints" / f"{one}.tif") for one in ("int16", "int32", "uint32")]
    assert reads[0].max() > 0.2
    assert all(np.array_equal(reads[0], other) for other in reads[1:])
    seen = [read_picture(CASES / "08" / "ints" / f"{one}.tif").values() for one in ("int16", "int32", "uint32")]
    assert all(np.array_equal(seen[0], other) for other in seen[1:])


# -- colours -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["print.jpg", "print.tif"])
@pytest.mark.parametrize("profile", [b"", SRGB])
def test_printers_colours_become_red_green_and_blue_and_it_is_said(tmp_path: Path, name: str, profile: bytes) -> None:
    red = Image.new("RGB", (16, 16), (220, 30, 40))
    red.convert("CMYK").save(tmp_path / name, quality=95, icc_profile=profile)  # a profile of other colours is left out
    picture = read_picture(tmp_path / name)
    assert picture.stored.shape == (16, 16, 3)
    assert np.abs(picture.stored.mean((0, 1)) - (220, 30, 40)).max() < 12
    assert "CMYK colours were converted to RGB" in str(picture.notes[0])
    assert np.allclose(read_image(tmp_path / name) * 255, picture.stored)
    write_picture(picture, tmp_path / "out.png")


def test_a_16_bit_cmyk_tiff_is_read_with_8_of_them_and_says_so(tmp_path: Path) -> None:
    ink = np.zeros((8, 8, 4), np.uint16)
    ink[..., 1:3] = 65535
    tifffile.imwrite(tmp_path / "print.tif", ink, photometric="separated")
    picture = read_picture(tmp_path / "print.tif")
    assert np.array_equal(np.unique(picture.stored.reshape(-1, 3), axis=0), [[255, 0, 0]])
    assert [str(one) for one in picture.notes][1] == "Of its 16 bits 8 were kept."


def test_colours_of_the_eye_become_red_green_and_blue(tmp_path: Path) -> None:
    Image.new("LAB", (8, 8), (128, 128, 128)).save(tmp_path / "lab.tif")
    picture = read_picture(tmp_path / "lab.tif")
    assert picture.stored.shape == (8, 8, 3)
    assert np.ptp(picture.stored.reshape(-1, 3).mean(0)) < 6
    assert "LAB colours were converted" in str(picture.notes[0])


@pytest.mark.parametrize("suffix", [".avif", ".jp2", ".tga"])
def test_more_formats_are_read_and_written(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(np.stack([ramp(np.uint8, 0, 255)] * 3, 2)).save(tmp_path / f"one{suffix}")
    picture = read_picture(tmp_path / f"one{suffix}")
    assert again(tmp_path / f"one{suffix}", tmp_path).stored.shape == picture.stored.shape
    assert np.allclose(read_image(tmp_path / f"one{suffix}") * 255, picture.stored, atol=0.01)


def test_a_gif_is_written_of_grey_alone(tmp_path: Path) -> None:
    write_picture(Picture(ramp(np.uint8, 0, 255)[..., None]), tmp_path / "grey.gif")
    assert np.array_equal(read_picture(tmp_path / "grey.gif").stored[..., 0], ramp(np.uint8, 0, 255))
    with pytest.raises(DenoiseError, match="more than 256 colours"):
        write_picture(Picture(np.zeros((4, 4, 3), np.uint8)), tmp_path / "colour.gif")


# -- what needs more than the program brings ---------------------------------------------------------------------------


def test_a_phones_heic_picture_is_read_where_pillow_heif_is_installed(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    Image.fromarray(np.stack([ramp(np.uint8, 0, 255, 64, 64)] * 3, 2)).save(tmp_path / "phone.heic", quality=95)
    picture = read_picture(tmp_path / "phone.heic")
    assert picture.stored.shape == (64, 64, 3)
    assert np.abs(picture.stored[..., 0].astype(int) - ramp(np.uint8, 0, 255, 64, 64)).max() < 20
    assert read_image(tmp_path / "phone.heic").shape == (64, 64, 3)


def test_without_pillow_heif_a_heic_picture_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    hide(monkeypatch, "pillow_heif")
    heif._registered.cache_clear()
    try:
        with pytest.raises(DenoiseError, match=r'^phone\.heic is a HEIC picture.*"aestudio\[heic\]"'):
            read_picture(tmp_path / "phone.heic")
    finally:
        heif._registered.cache_clear()


def camera_file(path: Path) -> None:
    """The smallest DNG: 64×64 pixels of 16 bits behind a Bayer filter, half as bright as white."""
    mosaic = np.full((64, 64), 8192, np.uint16)
    one = [(1, 1)] * 3
    matrix = [(number, 1) for number in (1, 0, 0, 0, 1, 0, 0, 0, 1)]
    tifffile.imwrite(
        path,
        mosaic,
        photometric=32803,
        metadata=None,
        extratags=[
            (33421, 3, 2, (2, 2), True),
            (33422, 1, 4, bytes((0, 1, 1, 2)), True),
            (50706, 1, 4, bytes((1, 4, 0, 0)), True),
            (50708, 2, 0, "Test", True),
            (50721, 10, 9, [part for pair in matrix for part in pair], True),
            (50728, 5, 3, [part for pair in one for part in pair], True),
            (50714, 3, 1, 0, True),
            (50717, 4, 1, 16383, True),
        ],
    )


@pytest.mark.parametrize("name", ["shot.dng", "shot.tif"])
def test_a_camera_s_raw_file_is_developed_where_rawpy_is_installed(tmp_path: Path, name: str) -> None:
    pytest.importorskip("rawpy")
    camera_file(tmp_path / name)
    picture = read_picture(tmp_path / name)
    assert picture.stored.dtype == np.uint16
    assert picture.stored.shape == (64, 64, 3)
    assert "Developed from the camera's raw data" in str(picture.notes[0])
    assert 0.2 < read_image(tmp_path / name).mean() < 1


def test_an_image_of_few_values_is_not_shown_black(tmp_path: Path) -> None:
    values = np.linspace(100, 1100, 64 * 64).astype(np.uint16).reshape(64, 64)
    tifffile.imwrite(tmp_path / "frame.tif", values)
    tifffile.imwrite(tmp_path / "wide.tif", values * 50)
    assert read_image(tmp_path / "frame.tif").max() < 0.02
    seen = read_own(tmp_path / "frame.tif")
    assert (seen.min(), seen.max()) == (0, 1)
    assert (read_own(tmp_path / "wide.tif") == read_image(tmp_path / "wide.tif")).all()


@pytest.mark.parametrize("levels", ["of the type", "as found"])
def test_an_image_is_shown_to_a_model_with_black_and_white_as_in_its_training(tmp_path: Path, levels: Range) -> None:
    values = np.linspace(2000, 14000, 64 * 64).astype(np.uint16).reshape(64, 64)
    tifffile.imwrite(tmp_path / "frame.tif", values)
    assert (read_own(tmp_path / "frame.tif", levels) == read_image(tmp_path / "frame.tif", range=levels)).all()


def test_a_mosaic_goes_to_the_denoiser_for_the_noise_of_cameras(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    camera_file(tmp_path / "shot.dng")
    picture = read_picture(tmp_path / "shot.dng")
    noise = estimate(picture)
    assert noise.alike
    assert Photo().suited(noise).noise == "camera or JPEG"
    assert not estimate(replace(picture, extras={})).alike  # so little noise tells nothing of itself


def test_without_rawpy_a_raw_file_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera_file(tmp_path / "shot.dng")
    hide(monkeypatch, "rawpy")
    for read, kind in ((read_picture, DenoiseError), (read_image, DataError)):
        with pytest.raises(kind, match=r'^shot\.dng is a camera\'s raw file.*"aestudio\[raw\]"'):
            read(tmp_path / "shot.dng")


def hide(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """As if it were not installed."""
    real = builtins.__import__

    def importing(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] == package:
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", importing)


# -- pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_the_frames_of_an_animation_are_pages_and_come_back_as_one(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(np.full((9, 8, 3), grey, np.uint8)) for grey in (10, 100, 200)]
    lossless: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    path = tmp_path / f"moving{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[40, 60, 80], loop=2, **lossless)
    assert read_header(path).frames == page_count(path) == 3
    for page, grey in enumerate((10, 100, 200)):
        assert np.abs(read_picture(path, page).stored.astype(int) - grey).max() <= 1
        assert np.allclose(read_image(path, page) * 255, grey, atol=1)
    out = tmp_path / "out.png"
    write_pages([read_picture(path, page) for page in range(3)], out)
    with Image.open(out) as made:
        assert (made.n_frames, made.info["loop"]) == (3, 2)  # type: ignore[attr-defined]
        assert [seek(made, page) for page in range(3)] == [40, 60, 80]


def seek(image: Image.Image, page: int) -> float:
    image.seek(page)
    image.load()
    return float(image.info["duration"])


@pytest.mark.parametrize("kind", ["plain", "imagej", "ome", "shaped"])
def test_the_pages_of_a_stack_come_back_with_the_structure_and_the_description(tmp_path: Path, kind: str) -> None:
    stack = np.random.default_rng(0).integers(0, 4096, (2, 3, 12, 10), dtype=np.uint16)
    path = tmp_path / ("stack.ome.tif" if kind == "ome" else "stack.tif")
    axes = {"axes": "ZCYX"}
    if kind == "plain":
        tifffile.imwrite(path, stack.reshape(6, 12, 10), photometric="minisblack", metadata=None)
    else:
        tifffile.imwrite(
            path, stack, photometric="minisblack", imagej=kind == "imagej", metadata=None if kind == "plain" else axes
        )
    assert read_header(path).frames == 6
    for page in range(6):
        assert np.array_equal(read_picture(path, page).stored[..., 0], stack.reshape(6, 12, 10)[page])
    again(path, tmp_path)
    with tifffile.TiffFile(path) as before, tifffile.TiffFile(tmp_path / "again.tif") as after:
        assert np.array_equal(after.asarray().reshape(stack.shape), stack)
        assert after.pages.first.description == before.pages.first.description
        assert len(after.pages) == len(before.pages)
        if kind in ("imagej", "ome"):
            assert after.series[0].axes == before.series[0].axes
            assert after.series[0].shape == before.series[0].shape


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_imagej_keeps_beside_its_description_is_kept(tmp_path: Path, order: Any) -> None:
    told = {"axes": "ZYX", "Labels": ["one", "two", "three"], "Ranges": (0.0, 99.0), "Info": "by hand", "spacing": 2.5}
    stack = np.arange(3 * 8 * 9, dtype=np.uint16).reshape(3, 8, 9)
    tifffile.imwrite(tmp_path / "stack.tif", stack, imagej=True, byteorder=order, metadata=told)
    again(tmp_path / "stack.tif", tmp_path)
    with tifffile.TiffFile(tmp_path / "stack.tif") as before, tifffile.TiffFile(tmp_path / "again.tif") as after:
        assert after.imagej_metadata == before.imagej_metadata
        assert present(after.imagej_metadata)["Labels"] == ["one", "two", "three"]
        assert np.array_equal(after.asarray(), stack)


def test_a_large_stack_of_imagej_which_names_one_page_has_all_of_them(tmp_path: Path) -> None:
    stack = np.random.default_rng(0).integers(0, 4096, (4, 12, 10), dtype=np.uint16).astype(">u2")
    path = tmp_path / "large.tif"
    said = "ImageJ=1.54f\nimages=4\nslices=4\n"
    tifffile.imwrite(path, stack[0], byteorder=">", description=said, metadata=None, photometric="minisblack")
    path.write_bytes(path.read_bytes() + stack[1:].tobytes())
    assert read_header(path).frames == 4
    for page in range(4):
        assert np.array_equal(read_picture(path, page).stored[..., 0], stack[page])
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DenoiseError, match="cut short"):
        read_picture(path, 3)


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("channels", [2, 5])
def test_channels_that_are_no_colours_are_pages_and_lie_together_again(
    tmp_path: Path, channels: int, planar: Any
) -> None:
    values = np.random.default_rng(0).integers(0, 4096, (9, 8, channels), dtype=np.uint16)
    lying = values if planar == "contig" else values.transpose(2, 0, 1)
    tifffile.imwrite(tmp_path / "many.tif", lying, photometric="minisblack", planarconfig=planar, metadata=None)
    assert read_header(tmp_path / "many.tif").frames == channels
    assert np.array_equal(read_picture(tmp_path / "many.tif", 1).stored[..., 0], values[..., 1])
    again(tmp_path / "many.tif", tmp_path)
    with tifffile.TiffFile(tmp_path / "again.tif") as tiff:
        assert len(tiff.pages) == 1
        assert np.array_equal(tiff.pages.first.asarray(), values)


def test_pages_of_different_sizes_and_types_stay_what_they_are(tmp_path: Path) -> None:
    pages = [ramp(np.uint8, 0, 255, 5, 6), ramp(np.uint16, 0, 999, 7, 8), ramp(np.float32, -1, 1, 9, 4)]
    with tifffile.TiffWriter(tmp_path / "mixed.tif") as writer:
        for one in pages:
            writer.write(one, photometric="minisblack", metadata=None)
    again(tmp_path / "mixed.tif", tmp_path)
    with tifffile.TiffFile(tmp_path / "again.tif") as tiff:
        for made, one in zip(tiff.pages, pages, strict=True):
            assert np.array_equal(made.asarray(), one)


def test_a_page_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "one.png")
    with pytest.raises(DenoiseError, match=r"^one\.png has no page 2"):
        read_picture(tmp_path / "one.png", 1)


# -- black and white ---------------------------------------------------------------------------------------------------


def test_black_and_white_are_found_and_single_pixels_move_neither(tmp_path: Path) -> None:
    frame = ramp(np.uint16, 100, 1100, 100, 100)
    tifffile.imwrite(tmp_path / "frame.tif", frame)
    black, white = read_picture(tmp_path / "frame.tif").black_and_white
    assert (abs(black - 100) < 5, abs(white - 1100) < 5) == (True, True)
    frame[50, 50] = 65535
    frame[20, 20] = 0
    tifffile.imwrite(tmp_path / "frame.tif", frame)
    assert np.allclose(read_picture(tmp_path / "frame.tif").black_and_white, (black, white), atol=1)


def test_pictures_of_8_bits_keep_0_to_255(tmp_path: Path) -> None:
    Image.fromarray(ramp(np.uint8, 100, 120)).save(tmp_path / "dim.png")
    picture = read_picture(tmp_path / "dim.png")
    assert picture.black_and_white == picture.with_levels((3.0, 4.0)).black_and_white == (0.0, 255.0)


def test_how_many_grey_levels_training_would_leave_is_counted(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "frame.tif", ramp(np.uint16, 100, 1100))
    assert read_counted(tmp_path / "frame.tif")[1] == 4
    assert read_image(tmp_path / "frame.tif", range="as found").std() > 0.25
