"""The Korean catalogue: every text of the program, with the same values, and Korean that is right whatever they are."""

from __future__ import annotations

import re
from string import Formatter, Template

import polib
import pytest

from aestudio.commands.arguments import parser
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import plural, use
from tests.texts import ROOT, TEMPLATE, catalogue, in_step, key

KOREAN = TEMPLATE.with_name("ko.po")
README = "README.ko.md"
PARTICLES = (
    "을|를|이|가|은|는|와|과|으로|로|이나|나|이란|란|이라|라|이라고|라고|이라는|라는|이다|다|이고|이며"
    "|이면|이므로|입니다|여서|이어서|에|에는|에서|의|도|만|까지|부터|보다|처럼|마다"
)
"""Most of them depend on the last sound of what stands before them, and a value may end in any."""
AFTER_VALUE = re.compile(rf"\}}[”’'\"`\]]*(?:{PARTICLES})(?![가-힣])")
BOTH = re.compile(r"[가-힣]?\((?:을|를|이|가|은|는|와|과|으|이나)\)|[을를이가은는와과]/[을를이가은는와과]")
"""을(를), 이(가), (으)로, 은/는."""


@pytest.fixture(scope="module")
def korean() -> polib.POFile:
    return polib.pofile(str(KOREAN), encoding="utf-8")


def said(entry: polib.POEntry) -> str:
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def values(template: str) -> list[tuple[str, str, str]]:
    parts = Formatter().parse(template)
    return sorted((name, how or "", shape or "") for _, name, shape, how in parts if name is not None)


def test_every_text_is_there_in_korean(korean: polib.POFile) -> None:
    there = {key(entry) for entry in korean if said(entry)}
    lacking = [f"{entry.msgid!r} ({entry.occurrences[0][0]})" for entry in catalogue() if key(entry) not in there]
    assert not lacking, (
        "These texts have no Korean. Run `python -m tests.texts`, look them up in resources/translations/ko.po, where "
        f"their msgstr is empty, and write it in the terms of glossary.ko.md beside it: {'; '.join(lacking)}"
    )


def test_a_korean_text_has_the_values_of_the_english_one(korean: polib.POFile) -> None:
    wrong = []
    for entry in korean:
        forms = [values(one) for one in (entry.msgid, entry.msgid_plural) if one] if "{" in entry.msgid else []
        if forms and said(entry) and values(said(entry)) not in forms:
            wrong.append(f"{entry.msgid!r}: {said(entry)!r}")
    assert not wrong, f"The values in braces are not the same; write them as the English text does: {wrong}"


def test_no_particle_stands_right_after_a_value_and_none_is_written_both_ways(korean: polib.POFile) -> None:
    wrong = [said(entry) for entry in korean if AFTER_VALUE.search(said(entry)) or BOTH.search(said(entry))]
    assert not wrong, (
        f"Any value may end in any sound: put a noun behind it, “{{name}} 파일을”, or a colon before it: {wrong}"
    )


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{name}을 엽니다.", True),
        ("“{name}”은 없습니다.", True),
        ("{count:,}개를 엽니다.", False),
        ("{name} 파일을 엽니다.", False),
        ("{angle}도 돌립니다.", True),
        ("파일을(를) 엽니다.", True),
        ("네트워크 폴더({kind})에 있습니다.", False),
    ],
)
def test_such_particles_are_found(text: str, wrong: bool) -> None:
    assert bool(AFTER_VALUE.search(text) or BOTH.search(text)) == wrong


def test_spaces_lines_and_ends_of_sentences_are_kept(korean: polib.POFile) -> None:
    for entry in korean.translated_entries():
        one, other = entry.msgid, said(entry)
        assert (one[:1] == " ", one[-1:] == " ") == (other[:1] == " ", other[-1:] == " "), other
        assert one.count("\n") == other.count("\n"), other
        assert one.rstrip().endswith(".") == other.rstrip().endswith("."), other
        assert ("&" in one and "<" not in one) == bool(re.search(r"\(&\w\)…?$", other)), other


def test_sentences_are_polite_and_formal(korean: polib.POFile) -> None:
    """합니다체: no 해요체 and no 한다체."""
    informal = re.compile(r"(?:세요|어요|아요|해요|예요|에요|한다|된다|있다|없다|는다)[.!?]")
    assert not [said(entry) for entry in korean if informal.search(said(entry))]


def test_counted_things_have_one_form_and_their_number_in_it(korean: polib.POFile) -> None:
    assert korean.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert all(set(entry.msgstr_plural) == {0} for entry in korean if entry.msgid_plural)
    use("ko")
    try:
        assert [str(plural("{count} run", "{count:,} runs", count)) for count in (1, 3000)] == [
            "실행 1개",
            "실행 3,000개",
        ]
    finally:
        use("en")


def test_the_command_line_is_korean_with_what_argparse_says_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    use("ko")
    try:
        helps = parser().format_help()
        with pytest.raises(SystemExit):
            parser().parse_args(["export"])
    finally:
        use("en")
    assert "사용법: aestudio" in helps
    assert [line for line in helps.splitlines() if re.search("[a-z]{3,} [a-z]{2,} [a-z]{3,}", line)] == []
    assert "aestudio export: 다음 인자가 필요합니다: MODEL" in capsys.readouterr().err
    assert "positional arguments" in parser().format_help()


def test_a_catalogue_comes_in_step_and_loses_no_translation() -> None:
    old, found = polib.POFile(), polib.POFile()
    old.metadata = {"Plural-Forms": "nplurals=1; plural=0;"}
    old.append(polib.POEntry(msgid="stays", msgstr="남음"))
    old.append(polib.POEntry(msgid="goes", msgstr="감"))
    old.append(polib.POEntry(msgid="one", msgid_plural="many", msgstr_plural={0: "여럿"}))
    old.append(polib.POEntry(msgid="becomes {count}", msgstr="{count}개"))
    for text in ("new", "stays"):
        found.append(polib.POEntry(msgid=text, occurrences=[("a.py", "")]))
    found.append(polib.POEntry(msgid="one", msgid_plural="many"))
    found.append(polib.POEntry(msgid="becomes {count}", msgid_plural="become {count:,}"))
    made = in_step(old, found)
    assert [(one.msgid, said(one)) for one in made] == [
        ("new", ""),
        ("stays", "남음"),
        ("one", "여럿"),
        ("becomes {count}", "{count}개"),
    ]
    assert made.metadata == old.metadata
    assert made[1].occurrences == [("a.py", "")]


def structure(page: str) -> dict[str, int]:
    """How many headings, pictures, links, rows and lines of code a page has."""
    return {name: len(re.findall(how, page, re.MULTILINE)) for name, how in STRUCTURE.items()}


STRUCTURE = {
    "headings": r"^#+ ",
    "pictures": r"^!\[",
    "links": r"\]\(",
    "rows": r"^\|",
    "blocks of code": r"^```",
}


@pytest.mark.parametrize("name", sorted(path.name for path in resource("docs").glob("*.md") if path.name != README))
def test_a_page_of_help_has_a_korean_twin_of_the_same_parts(name: str) -> None:
    twin = resource("docs", "ko", name)
    assert twin.is_file(), f"Write resources/docs/ko/{name}, in the terms of resources/translations/glossary.ko.md."
    page = resource("docs", name).read_text(encoding="utf-8")
    assert structure(twin.read_text(encoding="utf-8")) == structure(page), f"Change resources/docs/ko/{name} as well."


def test_the_readme_has_a_korean_twin_and_both_name_each_other() -> None:
    """The tables of claims and rooms stand in the English one only."""
    english = (ROOT / "README.md").read_text(encoding="utf-8")
    korean = resource("docs", README).read_text(encoding="utf-8")
    assert f"(resources/docs/{README})" in english
    assert "(../../README.md)" in korean
    parts = [english.partition("## What recipes claim")[0], korean.partition("## 레시피가 주장하는 것")[0]]
    assert structure(parts[0]) == structure(parts[1]), f"Change resources/docs/{README} as README.md was changed."
    links = [link for link in re.findall(r"\]\(([^)#]+)", korean) if "://" not in link]
    assert [link for link in links if not (ROOT / "resources" / "docs" / link).exists()] == []


@pytest.mark.parametrize("name", ["card.html", "script-about.txt", "script-readme.md.txt"])
def test_what_is_exported_has_a_korean_twin_with_the_same_values(name: str) -> None:
    twins = [resource("export", name), resource("export", "ko", name)]
    one, other = (set(Template(path.read_text(encoding="utf-8")).get_identifiers()) for path in twins)
    assert one == other
