"""HEIC pictures, as phones take them: Pillow reads them once pillow-heif is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aestudio.core.ground.errors import DataError

SUFFIXES = (".heic", ".heif", ".hif")
_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def is_heif(start: bytes) -> bool:
    """By the first twelve bytes of a file. Source: ISO/IEC 23008-12, annex B."""
    return start[4:8] == b"ftyp" and start[8:12] in _BRANDS


def check_ready(path: Path) -> None:
    """Raises: DataError where what reads them is not installed."""
    if not _registered():
        raise DataError(
            "{name} is a HEIC picture, for which pillow-heif is missing: install it with pip install "
            '"aestudio[heic]", or save the picture as JPEG or PNG.',
            name=path.name,
        )


@cache
def _registered() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
