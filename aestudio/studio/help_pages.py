"""The pages of help as they lie in `resources/docs`: their titles, their headings, and their links."""

from __future__ import annotations

import re
from pathlib import Path

from aestudio.core.ground import texts

FIRST = "welcome.md"
"""The page at the top of the list; the others follow in the order of their titles."""
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
"""A link or a picture: what marks a picture, its words, and where it leads."""
TINY = 240
"""Pictures narrower than half of this many pixels are shown in larger ones."""
ELSEWHERE = re.compile("https?:|mailto:|#")


def markdown(path: Path, within: Path | None = None) -> str:
    """A page without the links and pictures that lead nowhere, for a wheel ships fewer files than a checkout: of a link
    its words stay, of a picture its description. With `within` what lies outside of that folder counts as not there.
    """

    def kept(link: re.Match[str]) -> str:
        file = path.parent / link[3].partition("#")[0]
        there = file.is_file() if link[1] else file.suffix == ".md" and file.is_file()
        there = there and (within is None or file.resolve().is_relative_to(within.resolve()))
        return link[0] if there or ELSEWHERE.match(link[3]) else link[2]

    return LINK.sub(kept, path.read_text(encoding="utf-8", errors="replace")) if path.is_file() else ""


def pages(folder: Path) -> list[tuple[str, Path]]:
    """Title and file of every page in a folder, in the language in use; the title is the first heading."""
    found = []
    ours = (path for path in folder.glob("*.md") if not path.name.startswith("README"))  # that is for a repository
    for path in map(texts.page, ours):
        found.append((title(markdown(path)) or path.stem, path))
    return sorted(found, key=lambda page: (page[1].name != FIRST, page[0].casefold()))


def enlarged(width: int) -> int:
    """How often a picture's width is shown: once, or more where it is tiny, as one of images of 8×8 pixels is."""
    return max(1, TINY // width) if width else 1


def title(page: str) -> str:
    """The first heading of a page; empty where it has none."""
    heading = re.search(r"^#+\s+(.+?)\s*$", page, re.MULTILINE)
    return heading[1] if heading else ""


def anchor(heading: str) -> str:
    """What a link to a heading ends with, as on GitHub: `the-end` for `The end!`."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
