"""Printers' and other colours made red, green and blue, by the file's own profile where it has one."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageCms

from aestudio.core.ground.texts import Text

CONVERTED = ("CMYK", "LAB", "YCbCr", "HSV")
"""Modes of Pillow whose pictures are converted."""


def to_rgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, bytes, Text]:
    """A picture in other colours as sRGB, the profile that it has now, and what was done, in a sentence."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        own: Any = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else _own(image.mode)
        if own is not None:
            made = ImageCms.profileToProfile(image, own, srgb, outputMode="RGB")
            assert made is not None
            said = (
                Text("{mode} colours were converted to RGB by the file's profile.", mode=image.mode)
                if profile
                else Text("{mode} colours were converted to RGB.", mode=image.mode)
            )
            return made, ImageCms.ImageCmsProfile(srgb).tobytes(), said
    except (ImageCms.PyCMSError, OSError, ValueError):  # a damaged profile is nobody's profile
        pass
    said = Text("{mode} colours were converted to RGB without a profile: they may look different.", mode=image.mode)
    return image.convert("RGB"), b"", said


def _own(mode: str) -> Any:
    """The profile of a mode that needs none in the file; None where nobody knows which colours are meant."""
    return ImageCms.createProfile("LAB") if mode == "LAB" else None
