"""The pages of help as a site: HTML in every language, which a browser shows without the network or a script."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from os.path import relpath
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image

from aestudio.core.ground import texts
from aestudio.core.ground.errors import StudioError, not_written
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say
from aestudio.studio import help_pages

START, LOOK = "index.html", "help.css"
FONTS = "fonts/*KR*"
"""Korean letters, for computers that have none, and their licence."""
NAMES = {"en": "English", "ko": "한국어"}
"""What a language calls itself; another one goes by its code."""
PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{look}">
</head>
<body>
{body}
</body>
</html>
"""


@dataclass
class Site:
    """A folder that becomes a site. It is laid out as the resources are, so links lead where they led."""

    out: Path
    root: Path = field(default_factory=resource)
    written: set[Path] = field(default_factory=set)
    """Files of the resources that have their twin in the site, or are about to."""

    def write(self) -> Path:
        """All pages in all languages, and what they link to and show; gives the start page. Raises: OSError."""
        self.out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.root / "docs" / LOOK, self.out / LOOK)
        for font in self.root.glob(FONTS):
            self._copy(font)
        lists = {}
        for language in texts.languages():
            with texts.in_language(language):
                lists[language] = help_pages.pages(self.root / "docs")
                self.written |= {path for _, path in lists[language]}
                for _, path in lists[language]:
                    self._page(path, lists[language])
        start = self.out / START
        start.write_text(self._start(lists), encoding="utf-8")
        return start

    def _start(self, lists: dict[str, list[tuple[str, Path]]]) -> str:
        parts = []
        for language, listed in lists.items():
            with texts.in_language(language):
                what = say("Train autoencoders and see what they do.")
            links = "".join(
                f'<li><a href="{escape(self._place(path).relative_to(self.out).as_posix())}">{escape(title)}</a></li>'
                for title, path in listed
            )
            head = f'<h2>{NAMES.get(language, language)}</h2><p class="quiet">{escape(what)}</p>'
            parts.append(f'<section lang="{language}">{head}<ul>{links}</ul></section>')
        body = f'<main class="start"><h1>AEStudio</h1>{"".join(parts)}</main>'
        return PAGE.format(language=texts.ENGLISH, title="AEStudio", look=LOOK, body=body)

    def _page(self, path: Path, listed: list[tuple[str, Path]]) -> None:
        """A page, and all that it links to or shows and nobody has written yet."""
        page = help_pages.markdown(path, self.root)
        tokens = _parser().parse(page)
        for token in (child for one in tokens for child in (one, *(one.children or ()))):
            if token.type == "image":
                self._copy(path.parent / str(token.attrs["src"]))
                _enlarge(token, path.parent)
            elif token.type == "link_open" and not help_pages.ELSEWHERE.match(str(token.attrs["href"])):
                file, mark, place = str(token.attrs["href"]).partition("#")
                token.attrSet("href", f"{file.removesuffix('.md')}.html{mark}{place}")
                linked = (path.parent / file).resolve()
                if linked not in self.written:
                    self.written.add(linked)
                    self._page(linked, listed)
        _name_headings(tokens)
        html = _parser().renderer.render(tokens, _parser().options, {})
        html = re.sub(r"(<table>.*?</table>)", r'<div class="wide">\1</div>', html, flags=re.DOTALL)
        to = self._place(path)
        to.parent.mkdir(parents=True, exist_ok=True)
        made = PAGE.format(
            language=texts.language(),
            title=f"{escape(help_pages.title(page) or path.stem)} · AEStudio",
            look=_link(to, self.out / LOOK),
            body=f"{self._beside(path, to, listed)}\n<main>{html}</main>",
        )
        to.write_text(made, encoding="utf-8")

    def _beside(self, path: Path, to: Path, listed: list[tuple[str, Path]]) -> str:
        """The ways to the other pages, and to this one in the other languages."""
        here = ' aria-current="page"'
        pages = "".join(
            f'<li><a href="{_link(to, self._place(other))}"{here if other == path else ""}>{escape(title)}</a></li>'
            for title, other in listed
        )
        others = []
        for language in texts.languages():
            with texts.in_language(language):
                twin = texts.page(self.root / "docs" / path.name)
            if language != texts.language() and twin.is_file():
                name = NAMES.get(language, language)
                others.append(f'<a lang="{language}" href="{_link(to, self._place(twin))}">{name}</a>')
        top = f'<a class="home" href="{_link(to, self.out / START)}">AEStudio</a>'
        return f'<nav aria-label="{escape(say("Pages"))}"><p>{top} {" ".join(others)}</p><ul>{pages}</ul></nav>'

    def _copy(self, path: Path) -> None:
        file = path.resolve()
        if file not in self.written:
            self.written.add(file)
            to = self.out / file.relative_to(self.root.resolve())
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)

    def _place(self, path: Path) -> Path:
        """Where the page of a file is."""
        return self.out / path.resolve().relative_to(self.root.resolve()).with_suffix(".html")


def write(out: Path) -> Path:
    """Writes the site into a folder, over what it wrote there before; gives the start page.

    Raises: StudioError where it cannot be written, or other files lie there; hidden ones may.
    """
    try:
        there = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.is_dir() else set()
        if there and LOOK not in there:  # which is written first
            raise StudioError("{out} holds other files; choose a folder of its own for the pages.", out=out)
        return Site(out).write()
    except OSError as error:
        raise StudioError(not_written(out, error)) from error


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _enlarge(picture: Token, folder: Path) -> None:
    """Shows a tiny picture in larger pixels."""
    file = folder / str(picture.attrs["src"])
    if file.suffix == ".svg":
        return
    with Image.open(file) as opened:
        width, times = opened.width, help_pages.enlarged(opened.width)
    if times > 1:
        picture.attrSet("width", str(times * width))
        picture.attrSet("class", "pixels")


def _name_headings(tokens: list[Token]) -> None:
    """Gives every heading the name that links lead to."""
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = "".join(child.content for child in inline.children or ())
            opening.attrSet("id", help_pages.anchor(words))


def _link(page: Path, to: Path) -> str:
    return escape(Path(relpath(to, page.parent)).as_posix())
