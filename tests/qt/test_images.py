"""Arrays and Qt's images, there and back."""

import gc

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from aestudio.qt.images import from_qimage, mosaic, to_qimage


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [5, 8, 13])
def test_an_image_survives_the_way_there_and_back(channels: int, width: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (channels, 7, width)).astype(np.float32) / 255
    back = from_qimage(to_qimage(pixels))
    assert back.shape == (7, width, channels)
    np.testing.assert_allclose(back, pixels.transpose(1, 2, 0), atol=1e-6)


def test_an_image_without_a_channel_axis_is_grey() -> None:
    image = to_qimage(np.zeros((4, 6)))
    assert image.isGrayscale()
    assert (image.width(), image.height()) == (6, 4)


def test_values_outside_the_unit_interval_are_clipped_and_nan_is_black() -> None:
    image = to_qimage(np.array([[-1.0, 0.5, 2.0, np.nan, np.inf]]))
    assert [QColor(image.pixel(x, 0)).red() for x in range(5)] == [0, 128, 255, 0, 255]


def test_the_image_owns_its_memory() -> None:
    pixels = np.full((3, 64, 64), 0.25)
    image = to_qimage(pixels)
    pixels[:] = 1
    del pixels
    gc.collect()
    assert QColor(image.pixel(63, 63)).red() == 64


def test_transparency_is_composited_on_white() -> None:
    image = QImage(2, 1, QImage.Format.Format_ARGB32)
    image.setPixelColor(0, 0, QColor(0, 0, 0, 0))
    image.setPixelColor(1, 0, QColor(255, 0, 0, 128))
    found = from_qimage(image)
    np.testing.assert_allclose(found[0, 0], 1)
    np.testing.assert_allclose(found[0, 1], [1, 0.498, 0.498], atol=2e-3)


def test_sixteen_bits_a_channel_are_kept() -> None:
    image = QImage(1, 1, QImage.Format.Format_Grayscale16)
    bits = image.bits()
    assert isinstance(bits, memoryview)
    bits[:2] = np.array([257 * 100 + 7], np.uint16).tobytes()
    assert from_qimage(image)[0, 0, 0] == pytest.approx((257 * 100 + 7) / 65535, abs=1e-6)


def test_a_mosaic_lays_images_out_in_rows_and_fills_the_last_with_the_background() -> None:
    images = np.arange(5, dtype=np.float32).reshape(5, 1, 1, 1) / 5 * np.ones((5, 1, 2, 3))
    sheet = mosaic(images, columns=3, gap=1, background=(9, 8, 7))
    assert sheet.shape == (5, 11, 3)
    assert sheet[0, 0].tolist() == [0, 0, 0]
    assert sheet[0, 4].tolist() == [51] * 3
    assert sheet[3, 4].tolist() == [204] * 3
    for y, x in ((2, 0), (0, 3), (3, 9)):
        assert sheet[y, x].tolist() == [9, 8, 7]


def test_a_mosaic_keeps_colours() -> None:
    images = np.zeros((2, 3, 2, 2))
    images[1, 1] = 1
    assert mosaic(images, 2, 0, (0, 0, 0))[0, 2].tolist() == [0, 255, 0]
