"""What the pages of a file are, where the file does not say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from aestudio.core.denoise.picture import Picture
from aestudio.core.ground.errors import DenoiseError
from aestudio.core.ground.texts import Text

Axis = Literal["pages", "channels", "z", "time"]
TITLES: dict[Axis, Text] = {
    "pages": Text("Pages"),
    "channels": Text("Channels"),
    "z": Text("Slices in depth (z)"),
    "time": Text("Moments in time"),
}
ONE_OF: dict[Axis, Text] = {
    "pages": Text("Page {page} of {pages}"),
    "channels": Text("Channel {page} of {pages}"),
    "z": Text("Slice {page} of {pages}"),
    "time": Text("Moment {page} of {pages}"),
}
_SHAPED = b'{"shape"'
"""How a description begins that tifffile writes where it is told nothing else: the sizes, which the pages say too."""
_IMAGEJ = {"channels": "channels", "z": "slices", "time": "frames"}


def says_itself(picture: Picture) -> bool:
    """Whether the picture's file says what its pages are, as files of ImageJ and OME do, and files whose channels lie
    in one page.
    """
    description = picture.extras.get("description", b"")
    return description.startswith(b"ImageJ=") or b"<OME" in description or picture.extras.get("layers", 1) > 1


def of_one_among_many(page: Picture, axis: Axis) -> tuple[Axis, Text | None]:
    """What is said of many files, as it holds for the one with this page: a file that says itself what its pages are is
    left at that, and so is one with a description of its own, of which a sentence tells.
    """
    if axis == "pages" or says_itself(page):
        return "pages", None
    if _described(page):
        return "pages", Text("The file has a description of its own, so its pages are not called anything else.")
    return axis, None


def _described(page: Picture) -> bool:
    """Whether the file has a description that would be lost if another one were written."""
    description = page.extras.get("description", b"")
    return bool(description) and not description.startswith(_SHAPED)


def told(pages: Sequence[Picture], axis: Axis) -> list[Picture]:
    """Pages of a file that, as a TIFF, says that they are channels, slices or moments, as ImageJ writes it; the same
    ones for plain pages.

    Raises: DenoiseError where their file says already what they are, or has a description of its own.
    """
    first = pages[0]
    if axis == "pages" or len(pages) < 2:
        return list(pages)
    if says_itself(first):
        raise DenoiseError(
            "{name} says itself what its pages are; leave it to the file.", name=first.name or Text("The picture")
        )
    if _described(first):
        raise DenoiseError(
            "{name} has a description, which would be lost if its pages were called {axis}; leave them as pages.",
            name=first.name or Text("The picture"),
            axis=TITLES[axis],
        )
    lines = ("ImageJ=1.53t", f"images={len(pages)}", f"{_IMAGEJ[axis]}={len(pages)}", "hyperstack=true")
    mode = "mode=grayscale" if first.channels == 1 else "mode=color"
    imagej = "\n".join((*lines, mode, "loop=false", "")).encode()
    return [replace(first, extras=first.extras | {"description": imagej}), *pages[1:]]
