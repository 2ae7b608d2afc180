"""The pages of help as a site: every link leads somewhere, in both languages, and nothing comes from the network."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from aestudio.cli import main
from aestudio.core.ground import texts
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.resources import resource
from aestudio.studio import help_site

PAGES = sorted(path.stem for path in resource("docs").glob("*.md") if not path.name.startswith("README"))


@dataclass
class Seen(HTMLParser):
    """What a page has in it."""

    language: str = ""
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    """Files that the browser fetches by itself."""
    names: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    in_code: bool = False
    words: str = ""
    """All that is read, but for code."""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = defaultdict(str, {name: value or "" for name, value in attrs})
        self.tags.add(tag)
        self.in_code = tag == "code"
        self.names.add(told["id"])
        self.language = told["lang"] if tag == "html" else self.language
        if tag == "a":
            self.links.append(told["href"])
        elif tag in ("img", "link", "script"):
            self.loaded.append(told["src"] or told["href"])

    def handle_data(self, data: str) -> None:
        self.words += "" if self.in_code else data

    def handle_endtag(self, tag: str) -> None:
        self.in_code = False


def read(path: Path) -> Seen:
    made = Seen()
    made.feed(path.read_text(encoding="utf-8"))
    return made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Seen]:
    """Every page of it, by its file."""
    start = help_site.write(tmp_path_factory.mktemp("site"))
    return {path.resolve(): read(path) for path in start.parent.rglob("*.html")}


def start_of(site: dict[Path, Seen]) -> Path:
    return next(path for path in site if path.name == "index.html")


def test_every_link_leads_to_a_page_and_a_place_on_it(site: dict[Path, Seen]) -> None:
    lost = []
    for path, page in site.items():
        for link in page.links:
            to, place = urldefrag(link)
            there = (path.parent / to).resolve() if to else path
            if "://" not in link and (there not in site or place not in site[there].names | {""}):
                lost.append((path.name, link))
    assert lost == []


def test_every_picture_is_there_and_nothing_is_fetched_from_elsewhere_or_carried_out(site: dict[Path, Seen]) -> None:
    lost = [(path.name, one) for path, page in site.items() for one in page.loaded if not (path.parent / one).is_file()]
    assert lost == []
    assert not any(page.tags & {"script", "iframe", "object"} for page in site.values())


def test_both_languages_have_all_pages_and_the_start_page_leads_to_each(site: dict[Path, Seen]) -> None:
    start = start_of(site)
    for language, folder in (("en", "docs"), ("ko", "docs/ko")):
        made = {name: start.parent / folder / f"{name}.html" for name in PAGES}
        assert {site[path].language for path in made.values()} == {language}
        assert {path.relative_to(start.parent).as_posix() for path in made.values()} <= set(site[start].links)


def test_a_page_leads_to_the_others_of_its_language_and_to_itself_in_the_other(site: dict[Path, Seen]) -> None:
    docs = start_of(site).parent / "docs"
    assert {f"{name}.html" for name in PAGES} | {"ko/back.html", "../index.html"} <= set(site[docs / "back.html"].links)
    assert {f"{name}.html" for name in PAGES} | {"../back.html"} <= set(site[docs / "ko" / "back.html"].links)
    assert texts.language() == "en"


def test_no_sign_of_markdown_is_left_to_read(site: dict[Path, Seen]) -> None:
    """A star between `…` and a Korean syllable closes nothing."""
    left = {path.name: re.findall(r".{0,20}\*.{0,20}", page.words) for path, page in site.items()}
    assert {name: stars for name, stars in left.items() if stars} == {}


def test_korean_is_never_a_box_for_its_letters_come_with_the_site(site: dict[Path, Seen]) -> None:
    folder = start_of(site).parent
    fonts = re.findall(r'url\("([^"]+)"\)', (folder / "help.css").read_text(encoding="utf-8"))
    assert len(fonts) == 2
    assert all((folder / font).is_file() for font in fonts)
    assert (folder / "fonts" / "OFL-KR.txt").is_file()


def test_tiny_pictures_are_shown_in_larger_pixels(site: dict[Path, Seen]) -> None:
    page = (start_of(site).parent / "docs" / "recipes.html").read_text(encoding="utf-8")
    assert re.search(r'<img [^>]*linear\.png[^>]* width="230" class="pixels"', page)
    assert not re.search(r"<img [^>]*beta-vae\.png[^>]* width=", page)


def test_tables_are_tables_and_links_out_of_the_documentation_are_words(site: dict[Path, Seen]) -> None:
    page = site[start_of(site).parent / "docs" / "results.html"]
    assert "table" in page.tags
    assert "|---|" not in page.words
    assert not any("tests/benchmarks" in link for link in page.links)


@pytest.mark.slow
def test_the_command_writes_it_again_over_what_is_there_and_says_where_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert main(["docs", str(tmp_path / "help")]) == 0
        assert capsys.readouterr().out == f"Wrote {tmp_path / 'help' / 'index.html'}\n"


def test_a_folder_of_other_files_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(StudioError, match="holds other files; choose a folder of its own for the pages"):
        help_site.write(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("index.html", "mine")]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="could not be written"):
        help_site.write(tmp_path / "file")
