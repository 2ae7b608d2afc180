"""Raw files of cameras, developed to 16 bits of colour by LibRaw, which rawpy brings.

A sensor's mosaic goes through the steps of the camera model that the corruption `camera` draws its noise with: the
missing colours are made up, white balance, colour matrix, tone curve. LibRaw does them with the camera's own numbers,
so the picture has the colours that other programs show; what was independent noise in the mosaic is alike in
neighbouring pixels afterwards, and the extras say so: `mosaic`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aestudio.core.data.reading.header import Header
from aestudio.core.data.reading.suffixes import RAW
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.texts import Text


def is_raw_name(path: Path) -> bool:
    """By its ending: most raw files are TIFFs inside, whose first page is a thumbnail."""
    return path.suffix.lower() in RAW


def header(path: Path) -> Header:
    """Raises: DataError where rawpy is not installed or does not know the file."""
    with _opened(path) as camera:
        sizes = camera.sizes
        across, down = sizes.iwidth, sizes.iheight
        turned = sizes.flip in (5, 6)
        return Header(path, "RAW", "RGB;16", (down, across) if turned else (across, down), 3, 16, alpha=False)


def read(header: Header, _page: int = 0) -> tuple[NDArray[Any], None, dict[str, Any]]:
    """Pixels [H, W, 3] of 16 bits, upright, with the white balance of the camera and the tones of sRGB."""
    with _opened(header.path) as camera:
        extras = {"mosaic": True} if _is_mosaic(camera) else {}
        pixels: NDArray[np.uint16] = camera.postprocess(output_bps=16, use_camera_wb=True, no_auto_bright=True)
    said = Text("Developed from the camera's raw data, with the white balance of the camera.")
    return pixels, None, {"notes": (said,), **extras}


def _is_mosaic(camera: Any) -> bool:
    """Whether its sensor sees one of several colours at each pixel."""
    import rawpy

    return bool(camera.raw_type == rawpy.RawType.Flat and camera.num_colors > 1)


def _opened(path: Path) -> Any:
    try:
        import rawpy
    except ImportError as error:
        raise DataError(
            "{name} is a camera's raw file, for which rawpy is missing: install it with pip install "
            '"aestudio[raw]", or develop the file to a TIFF or PNG.',
            name=path.name,
        ) from error
    try:
        return rawpy.imread(str(path))
    except rawpy.LibRawError as error:
        raise DataError("{name} is a camera's raw file that LibRaw does not read.", name=path.name) from error
