"""Picture files are read and written without losing depth, transparency or what stands beside the pixels."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

from aestudio.core.data.reading import png
from aestudio.core.denoise.files.reading import read_header, read_picture
from aestudio.core.denoise.files.writing import encoded, fitting_suffix, write_picture
from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import Cancelled, DenoiseError

DATA = Path(__file__).parents[3] / "shared" / "data"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(*shape: int, dtype: Any = np.uint8, seed: int = 0) -> NDArray[Any]:
    if np.dtype(dtype).kind == "f":
        return np.random.default_rng(seed).random(shape).astype(dtype)
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def there_and_back(path: Path, suffix: str | None = None) -> Picture:
    """The file read, written with the same pixels, and read again."""
    out = path.with_name(f"cleaned{suffix or path.suffix}")
    write_picture(read_picture(path), out)
    return read_picture(out)


def by_hand(colour: int, pixels: NDArray[Any], more: tuple[tuple[bytes, bytes], ...] = (), filter: int = 0) -> bytes:
    """A 16-bit PNG [H, W, samples] whose rows are filtered in one way, by the letter of the standard."""
    height, width, samples = pixels.shape
    step = 2 * samples
    rows, above = [], bytes(width * step)
    for row in pixels.astype(">u2"):
        raw = row.tobytes()
        made = bytearray([filter])
        for i, value in enumerate(raw):
            a, b, c = (raw[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            made.append((value - (0, a, b, (a + b) // 2, paeth)[filter]) % 256)
        rows.append(bytes(made))
        above = raw
    return as_png(width, height, 16, colour, zlib.compress(b"".join(rows)), more)


def as_png(
    width: int, height: int, bits: int, colour: int, packed: bytes, more: tuple[tuple[bytes, bytes], ...] = ()
) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = ((b"IHDR", head), *more, (b"IDAT", packed), (b"IEND", b""))
    return png.MAGIC + b"".join(
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts
    )


# -- depth and transparency --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filter", range(5))
@pytest.mark.parametrize(("colour", "samples"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_a_16_bit_png_is_read_to_the_last_bit_whatever_its_filter(
    tmp_path: Path, colour: int, samples: int, filter: int
) -> None:
    pixels = noise(5, 7, samples, dtype=np.uint16)
    path = tmp_path / "deep.png"
    path.write_bytes(by_hand(colour, pixels, filter=filter))
    picture = read_picture(path)
    assert picture.stored.dtype == np.uint16
    assert picture.white == 65535
    assert np.array_equal(picture.stored, pixels[..., : picture.channels])
    if samples in (2, 4):
        assert picture.alpha is not None
        assert np.array_equal(picture.alpha, pixels[..., -1])
    else:
        assert picture.alpha is None


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("size", [(1, 1), (1, 130), (150, 3)])
def test_every_depth_is_written_and_read_back_the_same(
    tmp_path: Path, suffix: str, dtype: Any, alpha: bool, channels: int, size: tuple[int, int]
) -> None:
    made = Picture(
        noise(*size, channels, dtype=dtype), float(np.iinfo(dtype).max), noise(*size, dtype=dtype) if alpha else None
    )
    write_picture(made, tmp_path / f"made{suffix}")
    again = there_and_back(tmp_path / f"made{suffix}")
    assert again.stored.dtype == dtype
    assert again.white == made.white
    assert np.array_equal(again.stored, made.stored)
    assert (again.alpha is None) == (made.alpha is None)
    assert made.alpha is None or np.array_equal(again.alpha, made.alpha)  # type: ignore[arg-type]


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_tiff_of_many_strips_is_one_that_others_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: Any, alpha: bool
) -> None:
    monkeypatch.setattr("aestudio.core.data.reading.tiff_writing._STRIP", 1000)
    pixels = noise(50, 40, 3, dtype=dtype)
    made = Picture(pixels, 1.0 if dtype is np.float32 else float(np.iinfo(dtype).max))
    if alpha:
        made = Picture(made.stored, made.white, noise(50, 40, dtype=dtype, seed=1))
    for packed in (True, False):
        made.extras["packed"] = packed
        write_picture(made, tmp_path / "strips.tif")
        assert np.array_equal(read_picture(tmp_path / "strips.tif").stored, pixels)
        with tifffile.TiffFile(tmp_path / "strips.tif") as tiff:
            assert len(tiff.pages.first.dataoffsets) > 5 or not packed
            assert np.array_equal(tiff.asarray()[..., :3], pixels)
        if dtype is np.uint8:
            with Image.open(tmp_path / "strips.tif") as image:
                assert np.array_equal(np.asarray(image)[..., :3], pixels)


def test_a_large_picture_that_is_being_written_can_be_cancelled(tmp_path: Path) -> None:
    for suffix in (".png", ".tif"):
        told: list[float] = []

        def report(_doing: str, fraction: float | None, told: list[float] = told) -> None:
            told.append(fraction or 0.0)
            if told[-1] > 0.5:
                raise Cancelled

        with pytest.raises(Cancelled):
            write_picture(Picture(np.zeros((2000, 1000, 3), np.uint8)), tmp_path / f"large{suffix}", report)
        assert told == sorted(told)
    assert not list(tmp_path.iterdir())


def test_pillow_reads_every_png_that_is_written(tmp_path: Path) -> None:
    smooth = (np.add.outer(np.arange(90), np.arange(70)) % 256).astype(np.uint8)
    picture = Picture(np.stack((smooth, smooth.copy()[::-1], 255 - smooth), 2))
    with Image.open(io.BytesIO(encoded(picture, ".png"))) as image:
        assert np.array_equal(np.asarray(image), picture.stored)
    assert len(encoded(picture, ".png")) < picture.stored.size / 4  # filters chosen well make a ramp small


def test_an_interlaced_16_bit_colour_png_is_read_to_the_last_bit(tmp_path: Path) -> None:
    pixels = noise(11, 13, 3, dtype=np.uint16)
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b"".join(
        b"\0" + row.astype(">u2").tobytes()
        for top, left, down, across in passes
        for row in pixels[top::down, left::across]
    )
    content = bytearray(as_png(13, 11, 16, 2, zlib.compress(rows)))
    content[28] = 1  # interlaced
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path = tmp_path / "interlaced.png"
    path.write_bytes(content)
    assert np.array_equal(read_picture(path).stored, pixels)


@pytest.mark.parametrize(("colour", "samples"), [(0, 1), (2, 3)])
def test_a_colour_that_a_16_bit_png_calls_transparent_becomes_transparency(
    tmp_path: Path, colour: int, samples: int
) -> None:
    pixels = noise(4, 4, samples, dtype=np.uint16)
    clear = (b"tRNS", pixels[1, 2].astype(">u2").tobytes())
    (tmp_path / "clear.png").write_bytes(by_hand(colour, pixels, (clear,)))
    picture = there_and_back(tmp_path / "clear.png")
    assert np.array_equal(picture.stored, pixels)
    assert picture.alpha is not None
    assert np.argwhere(picture.alpha == 0).tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_tiff_in_floating_point_keeps_its_type_and_what_lies_beyond_white(
    tmp_path: Path, channels: int, dtype: str
) -> None:
    values = (noise(6, 5, channels, dtype=dtype) * 2 - 0.5).astype(dtype)
    tifffile.imwrite(tmp_path / "float.tif", values.squeeze(), photometric="rgb" if channels == 3 else "minisblack")
    picture = there_and_back(tmp_path / "float.tif")
    assert picture.stored.dtype == (np.float64 if dtype == "float64" else np.float32)
    assert np.array_equal(picture.stored, values.astype(picture.stored.dtype))
    assert tifffile.imread(tmp_path / "cleaned.tif").dtype == dtype


@pytest.mark.parametrize("tile", [None, (16, 32)])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_a_16_bit_tiff_is_read_however_its_pixels_lie(
    tmp_path: Path, packed: str | None, planar: str, byteorder: Any, tile: Any
) -> None:
    pixels = noise(37, 45, 3, dtype=np.uint16)
    tifffile.imwrite(
        tmp_path / "deep.tif",
        pixels if planar == "contig" else pixels.transpose(2, 0, 1),
        photometric="rgb",
        planarconfig=planar,
        byteorder=byteorder,
        compression=packed,
        predictor=2 if packed and byteorder == "<" else None,
        tile=tile,
        rowsperstrip=None if tile else 7,
    )
    assert np.array_equal(read_picture(tmp_path / "deep.tif").stored, pixels)


@pytest.mark.parametrize("predictor", [1, 2])
def test_a_16_bit_colour_tiff_packed_with_lzw_is_read_to_the_last_bit(tmp_path: Path, predictor: int) -> None:
    pixels = (noise(20, 31, 3) // 8).astype(np.uint16) * 700
    bare = np.diff(pixels, axis=1, prepend=np.zeros_like(pixels[:, :1])) if predictor == 2 else pixels
    packed = io.BytesIO()
    raw = bare.astype("<u2").tobytes()
    Image.frombytes("L", (len(raw), 1), raw).save(packed, "TIFF", compression="tiff_lzw")
    packed.seek(0)
    with tifffile.TiffFile(packed) as tiff:
        page = tiff.pages.first
        start, length = page.dataoffsets[0], page.databytecounts[0]
        content = packed.getvalue()[start : start + length]
    tags = [(256, 31), (257, 20), (258, 16), (259, 5), (262, 2), (273, 8), (277, 3), (278, 20), (279, length)]
    content += b"\0" * (length % 2)
    (tmp_path / "lzw.tif").write_bytes(
        struct.pack("<2sHI", b"II", 42, 8 + len(content))
        + content
        + struct.pack("<H", len(tags) + 1)
        + b"".join(struct.pack("<HHII", code, 3 if code == 258 else 4, 1, value) for code, value in tags)
        + struct.pack("<HHII", 317, 4, 1, predictor)
        + bytes(4)
    )
    assert np.array_equal(read_picture(tmp_path / "lzw.tif").stored, pixels)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("samples", [1, 3])
def test_floating_point_differences_of_a_tiff_are_undone(tmp_path: Path, samples: int, order: str) -> None:
    """In every row the first bytes of all numbers, then the second of all, and so on; each less the one before it."""
    values = noise(20, 31, samples, dtype=np.float32)
    rows = []
    for row in values:
        numbers = [struct.pack(">f", number) for number in row.ravel()]
        apart = [number[place] for place in range(4) for number in numbers]
        before = [0] * samples + apart
        rows.append(bytes((byte - left) % 256 for byte, left in zip(apart, before, strict=False)))
    packed = zlib.compress(b"".join(rows))
    packed += b"\0" * (len(packed) % 2)
    tags = [(256, 31), (257, 20), (258, 32), (259, 8), (262, 1 if samples == 1 else 2), (273, 8), (277, samples)]
    tags += [(278, 20), (279, len(packed)), (317, 3), (339, 3)]
    (tmp_path / "floats.tif").write_bytes(
        struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(packed))
        + packed
        + struct.pack(f"{order}H", len(tags))
        + b"".join(struct.pack(f"{order}HHII", code, 4, 1, value) for code, value in tags)
        + bytes(4)
    )
    assert np.array_equal(read_picture(tmp_path / "floats.tif").stored, values)


@pytest.mark.parametrize("packed", ["tiff_lzw", "packbits", "tiff_adobe_deflate", "jpeg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_8_bit_tiffs_that_pillow_packs_are_read_and_written(tmp_path: Path, mode: str, packed: str) -> None:
    image = Image.fromarray(noise(16, 24, 3) // 4).convert(mode)
    image.save(tmp_path / "packed.tif", compression=packed)
    picture = there_and_back(tmp_path / "packed.tif")
    with Image.open(tmp_path / "packed.tif") as stored:
        assert np.array_equal(picture.stored.squeeze(), np.asarray(stored))


def test_a_tiff_where_white_is_zero_and_one_with_premultiplied_transparency(tmp_path: Path) -> None:
    pixels = noise(4, 5, dtype=np.uint16)
    tifffile.imwrite(tmp_path / "white.tif", 65535 - pixels, photometric="miniswhite")
    assert np.array_equal(there_and_back(tmp_path / "white.tif").stored[..., 0], pixels)
    both = np.full((4, 5, 4), 50, np.uint8)
    both[..., 3] = 200
    tifffile.imwrite(tmp_path / "multiplied.tif", both, photometric="rgb", extrasamples=["assocalpha"])
    assert there_and_back(tmp_path / "multiplied.tif").stored.max() == 50
    assert there_and_back(tmp_path / "multiplied.tif", ".png").stored.max() == 64


@pytest.mark.parametrize("white", [255, 1023, 65535])
@pytest.mark.parametrize("kind", [5, 6])
def test_a_pgm_or_ppm_keeps_its_depth_and_what_it_calls_white(tmp_path: Path, kind: int, white: int) -> None:
    pixels = noise(3, 4, 1 if kind == 5 else 3, dtype=np.uint16).astype(int) % (white + 1)
    pixels = pixels.astype(">u2" if white > 255 else "u1")
    (tmp_path / "bare.ppm").write_bytes(b"P%d\n# a comment\n4 3\n%d\n" % (kind, white) + pixels.tobytes())
    picture = there_and_back(tmp_path / "bare.ppm")
    assert picture.white == white
    assert np.array_equal(picture.stored, pixels)
    in_png = there_and_back(tmp_path / "bare.ppm", ".png")
    assert np.allclose(in_png.values(), picture.values(), atol=1e-2 if white == 255 else 1e-4)


# -- palettes and rare modes -------------------------------------------------------------------------------------------


def test_a_palette_becomes_colours_with_its_transparency(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8))
    image.putpalette([255, 0, 0, 0, 255, 0, 9, 9, 9])
    image.save(tmp_path / "palette.png", transparency=bytes([255, 128, 0]))
    assert read_header(tmp_path / "palette.png").channels == 3
    picture = there_and_back(tmp_path / "palette.png")
    assert picture.stored[0].tolist() == [[255, 0, 0], [0, 255, 0]]
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 128], [0, 128]]


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_a_palette_of_greys_becomes_grey(tmp_path: Path, suffix: str) -> None:
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8))
    image.putpalette([9, 9, 9, 70, 70, 70, 255, 255, 255] + [0] * 759)
    image.save(tmp_path / f"greys{suffix}")
    picture = there_and_back(tmp_path / f"greys{suffix}")
    assert picture.stored[..., 0].tolist() == [[9, 70], [255, 70]]
    assert picture.channels == 1


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_one_bit_a_pixel_becomes_grey_of_8_bits(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(noise(9, 10) > 127).save(tmp_path / f"fax{suffix}")
    picture = there_and_back(tmp_path / f"fax{suffix}")
    assert picture.stored.dtype == np.uint8
    assert np.array_equal(picture.stored[..., 0], (noise(9, 10) > 127) * 255)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".tif"])
def test_8_bit_colours_and_transparency_come_back_from_every_format_that_has_it(tmp_path: Path, suffix: str) -> None:
    made = Picture(noise(13, 9, 3), alpha=noise(13, 9, seed=1))
    write_picture(made, tmp_path / f"made{suffix}")
    picture = there_and_back(tmp_path / f"made{suffix}")
    assert np.array_equal(picture.stored, made.stored)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, made.alpha)  # type: ignore[arg-type]


# -- beside the pixels -------------------------------------------------------------------------------------------------


def as_the_camera_held_it(upright: NDArray[Any], orientation: int) -> NDArray[Any]:
    turned = upright
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return turned.swapaxes(0, 1) if orientation >= 5 else turned


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_pictures_are_read_upright_and_written_so_that_nobody_turns_them_again(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    upright = np.zeros((24, 40, 3), np.uint8)
    upright[:12, :20] = 255
    stored = Image.fromarray(np.ascontiguousarray(as_the_camera_held_it(upright, orientation)))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Camera & Co"
    path = tmp_path / f"held{suffix}"
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    stored.save(path, exif=exif, **options)
    header = read_header(path)
    assert (header.width, header.height, header.orientation) == (40, 24, orientation)
    assert np.abs(read_picture(path).stored.astype(int) - upright).max() < 30
    again = there_and_back(path)
    assert np.abs(again.stored.astype(int) - upright).max() < 30
    with Image.open(tmp_path / f"cleaned{suffix}") as written:
        assert written.getexif().get(0x0112, 1) == 1
        assert written.getexif()[0x010F] == "Camera & Co"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("target", [None, ".jpg", ".png", ".tif", ".webp"])
def test_the_colour_profile_is_kept_in_the_same_format_and_in_another(
    tmp_path: Path, suffix: str, target: str | None
) -> None:
    Image.fromarray(noise(16, 16, 3)).save(tmp_path / f"profile{suffix}", icc_profile=PROFILE)
    assert there_and_back(tmp_path / f"profile{suffix}", target).extras["icc"] == PROFILE


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".bmp"])
def test_the_resolution_is_kept(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(noise(16, 16, 3)).save(tmp_path / f"dots{suffix}", dpi=(300, 150))
    assert there_and_back(tmp_path / f"dots{suffix}").extras["dpi"] == pytest.approx((300, 150), abs=0.1)
    with Image.open(tmp_path / f"cleaned{suffix}") as image:
        assert image.info["dpi"] == pytest.approx((300, 150), abs=0.1)


def test_a_png_keeps_its_texts_and_xmp_is_turned_upright(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "A ρ in a text", zip=True)
    texts.add_itxt("Comment", "Grüße", "de", "Bemerkung")
    texts.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    Image.fromarray(noise(4, 8, 3)).save(tmp_path / "texts.png", pnginfo=texts)
    assert there_and_back(tmp_path / "texts.png").stored.shape == (8, 4, 3)
    with Image.open(tmp_path / "cleaned.png") as image:
        assert image.text["Title"] == "A ρ in a text"  # type: ignore[attr-defined]
        assert image.text["Comment"] == "Grüße"  # type: ignore[attr-defined]
        assert image.text["XML:com.adobe.xmp"] == '<x tiff:Orientation="1"/>'  # type: ignore[attr-defined]


def test_a_tiff_keeps_its_description_its_resolution_and_tags_of_others(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "tags.tif",
        noise(5, 6, dtype=np.uint16),
        description="A slice",
        resolution=(1000, 2000),
        resolutionunit="CENTIMETER",
        software="Microscope 3",
        metadata=None,
        extratags=[(315, 2, None, "Somebody", True), (33550, 12, 3, (1.5, 1.5, 0.0), True)],
    )
    there_and_back(tmp_path / "tags.tif")
    with tifffile.TiffFile(tmp_path / "cleaned.tif") as tiff:
        page = tiff.pages.first
        assert page.description == "A slice"
        assert page.get_resolution() == (1000, 2000)
        assert page.resolutionunit == 3
        assert page.tags.valueof(305) == "Microscope 3"
        assert page.tags.valueof(315) == "Somebody"
        assert page.tags.valueof(33550) == (1.5, 1.5, 0.0)


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("suffix", [".tif", ".jpg", ".png", ".webp"])
@pytest.mark.parametrize("target", [None, ".tif", ".jpg", ".png", ".webp"])
def test_what_the_camera_said_is_kept_in_the_same_format_and_in_another(
    tmp_path: Path, suffix: str, target: str | None, order: str
) -> None:
    exif = Image.Exif()
    exif.endian = "<" if order == "II" else ">"
    exif[0x010F], exif[0x8298] = "Camera & Co", "Somebody"
    exif.get_ifd(0x8769).update({0x829A: 0.004, 0x8827: 3200, 0x9003: "2026:01:02 03:04:05"})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.5)})
    first = tmp_path / f"photo{'.jpg' if suffix == '.tif' else suffix}"
    Image.fromarray(noise(16, 16, 3)).save(first, exif=exif)
    if suffix == ".tif":  # Pillow would leave out half of it
        write_picture(read_picture(first), tmp_path / "photo.tif")
    there_and_back(tmp_path / f"photo{suffix}", target)
    with Image.open(tmp_path / f"cleaned{target or suffix}") as image:
        kept = image.getexif()
        assert (kept[0x010F], kept[0x8298]) == ("Camera & Co", "Somebody")
        assert kept.get_ifd(0x8769)[0x829A] == pytest.approx(0.004)
        assert kept.get_ifd(0x8769)[0x8827] == 3200
        assert kept.get_ifd(0x8769)[0x9003] == "2026:01:02 03:04:05"
        assert kept.get_ifd(0x8825)[2] == (52.0, 31.0, 12.5)
        assert np.array_equal(np.asarray(image), read_picture(tmp_path / f"cleaned{target or suffix}").stored)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("content", [b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + bytes(30), b"no"])
def test_exif_that_is_damaged_does_no_harm(tmp_path: Path, content: bytes) -> None:
    Image.fromarray(noise(16, 16, 3)).save(tmp_path / "photo.png", exif=b"Exif\0\0" + content)
    for target in (".png", ".tif", ".jpg", ".webp"):
        assert there_and_back(tmp_path / "photo.png", target).stored.shape == (16, 16, 3)


def test_a_jpeg_is_written_as_fine_as_it_was(tmp_path: Path) -> None:
    smooth = Image.fromarray(noise(8, 8, 3)).resize((64, 64), Image.Resampling.BICUBIC)
    for quality, subsampling in ((60, 2), (97, 0)):
        smooth.save(tmp_path / "photo.jpg", quality=quality, subsampling=subsampling, comment=b"Said")
        there_and_back(tmp_path / "photo.jpg")
        with Image.open(tmp_path / "photo.jpg") as before, Image.open(tmp_path / "cleaned.jpg") as after:
            assert before.quantization == after.quantization  # type: ignore[attr-defined]
            assert before.layer == after.layer  # type: ignore[attr-defined]
            assert after.info["comment"] == b"Said"


def test_a_phones_jpeg_with_a_second_picture_is_read_as_a_jpeg(tmp_path: Path) -> None:
    first, second = (Image.fromarray(noise(16, 16, 3, seed=seed)) for seed in (0, 1))
    first.save(tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[second])
    assert read_header(tmp_path / "phone.jpg").format == "JPEG"
    assert there_and_back(tmp_path / "phone.jpg").stored.shape == (16, 16, 3)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_stays_lossless_where_it_was(tmp_path: Path, lossless: bool) -> None:
    Image.fromarray(noise(32, 32, 3)).save(tmp_path / "web.webp", lossless=lossless, quality=80)
    picture = read_picture(tmp_path / "web.webp")
    again = there_and_back(tmp_path / "web.webp")
    assert np.array_equal(picture.stored, again.stored) == lossless


# -- refusals ----------------------------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DenoiseError) as caught:
            read_picture(path)
    said = str(caught.value)
    assert said.startswith(path.name)
    assert said.endswith(".")
    return said


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".ppm"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.995])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"whole{suffix}"
    Image.fromarray(noise(60, 60, 3)).save(path)
    read_picture(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert "damaged or cut short" in refused(path)


@pytest.mark.parametrize(("colour", "samples"), [(2, 3), (6, 4)])
def test_a_16_bit_png_that_is_cut_short_or_damaged_is_refused(tmp_path: Path, colour: int, samples: int) -> None:
    content = by_hand(colour, noise(20, 20, samples, dtype=np.uint16))
    path = tmp_path / "deep.png"
    path.write_bytes(content[:-30])
    assert "damaged or cut short" in refused(path)
    path.write_bytes(content[:200] + bytes(40) + content[240:])
    assert "damaged or cut short" in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is an empty file"), (b"Dear Sir or Madam", "is not an image"), (b"\x89PNG\r\n\x1a\n", "damaged"),
     (b"II*\0\x08\0\0\0", "damaged"), (b"\xff\xd8\xff\xe0", "is not an image|damaged")],
)  # fmt: skip
def test_what_is_no_picture_is_refused_by_name(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    assert any(one in refused(path) for one in said.split("|"))


def test_what_is_no_file_is_refused_by_name(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "gone.png")
    (tmp_path / "album.png").mkdir()
    assert "is a folder" in refused(tmp_path / "album.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
        assert "pipe" in refused(tmp_path / "pipe.png")


def test_a_picture_that_claims_to_be_huge_is_refused_from_its_header(tmp_path: Path) -> None:
    for bits, colour in ((8, 0), (16, 2)):
        path = tmp_path / f"bomb{bits}.png"
        path.write_bytes(as_png(100_000, 100_000, bits, colour, zlib.compress(b"\0" * 100)))
        assert "100000×100000 pixels" in refused(path)
    (tmp_path / "bomb.ppm").write_bytes(b"P6 90000 90000 255\n")
    assert "90000×90000 pixels" in refused(tmp_path / "bomb.ppm")


def test_a_thumbnail_in_a_tiff_is_no_second_page(tmp_path: Path) -> None:
    pixels = noise(8, 8, dtype=np.uint16)
    with tifffile.TiffWriter(tmp_path / "photo.tif") as writer:
        writer.write(pixels, photometric="minisblack", metadata=None)
        writer.write(pixels[::2, ::2], photometric="minisblack", subfiletype=1, metadata=None)
    assert np.array_equal(read_picture(tmp_path / "photo.tif").stored[..., 0], pixels)


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "alpha", "suffix", "said"),
    [
        (np.uint16, False, ".jpg", "has 16 bits, of which .jpg holds 8; choose .png or .tif"),
        (np.uint16, False, ".webp", "16 bits"),
        (np.uint16, False, ".bmp", "16 bits"),
        (np.float32, False, ".png", "floating point, which .png cannot hold; choose .tif"),
        (np.uint8, True, ".jpg", "transparency, which .jpg cannot hold; choose .png"),
        (np.uint8, False, ".psd", "choose one of .png"),
        (np.int16, False, ".png", "with a sign or of 32 bits, which .png cannot hold; choose .tif"),
        (np.uint32, False, ".jpg", "with a sign or of 32 bits"),
        (np.uint8, False, "", "without an ending"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_with_one_that_can(
    tmp_path: Path, dtype: Any, alpha: bool, suffix: str, said: str
) -> None:
    picture = Picture(noise(4, 4, 1, dtype=dtype), 255.0, noise(4, 4, dtype=dtype) if alpha else None, "it")
    with pytest.raises(DenoiseError) as caught:
        write_picture(picture, tmp_path / f"out{suffix}")
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())
    assert fitting_suffix(picture, suffix) == (".png" if dtype in (np.uint8, np.uint16) else ".tif")


def test_a_side_too_long_for_a_format_is_refused() -> None:
    with pytest.raises(DenoiseError, match=r"holds at most 16383 a side"):
        encoded(Picture(np.zeros((1, 16384, 1), np.uint8)), ".webp")


def test_the_original_is_never_written_over_under_any_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    Image.fromarray(noise(4, 4)).save(path)
    before = path.read_bytes()
    picture = read_picture(path)
    (tmp_path / "other.png").symlink_to(path)
    os.link(path, tmp_path / "third.png")
    for name in ("mine.png", "./mine.png", "other.png", "third.png"):
        with pytest.raises(DenoiseError, match="is the original"):
            write_picture(picture, tmp_path / name)
    path.rename(tmp_path / "moved.png")
    with pytest.raises(DenoiseError, match="is the original"):
        write_picture(picture, path)
    assert (tmp_path / "moved.png").read_bytes() == before


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DenoiseError, match=r"could not be written: No such file or directory\. Choose another place\."):
        write_picture(Picture(noise(2, 2, 1)), tmp_path / "none" / "out.png")


@pytest.mark.skipif(not DATA.is_dir(), reason="the photographs of ../shared/data are not here")
def test_photographs_come_back_as_they_were(tmp_path: Path) -> None:
    for folder in ("Set12", "McMaster", "RNI6"):
        for path in sorted((DATA / folder).rglob("*"))[:3]:
            if read_header(path).format != "JPEG":
                write_picture(read_picture(path), tmp_path / path.name)
                assert np.array_equal(read_picture(tmp_path / path.name).stored, read_picture(path).stored)
