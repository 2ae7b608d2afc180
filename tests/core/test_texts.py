"""Texts: looked up when they are shown, in the language in use; English where a catalogue has nothing that fits."""

from __future__ import annotations

import copy
import errno
import os
import pickle
import re
import sqlite3
from pathlib import Path
from typing import Any

import polib
import pytest

from aestudio import cli
from aestudio.core.ground import texts
from aestudio.core.ground.errors import DataError, RunError, StudioError, near, reason
from aestudio.core.ground.texts import AND, Text, listed, plural, say
from aestudio.core.parts.families.corruption import Corruption
from aestudio.core.parts.slots import knobs, options
from aestudio.core.run import recipes
from aestudio.core.run.run import Run
from aestudio.core.run.words import measuring
from tests.core.test_words import problems
from tests.texts import ROOT
from tests.translated import Q, everything, quoted, translations, write

__all__ = ["everything", "translations"]  # fixtures


def test_words_without_values_are_known_however_much_is_said_afterwards(
    translations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_said", None)
    write(translations, polib.POEntry(msgid="Train", msgstr="Entraîner"))
    texts.remember()
    say("Train")
    for step in range(texts.REMEMBERED + 1):
        say("Step {step}", step=step)
    assert texts.meant("Step 0") is None
    assert texts.meant("Step 1") is not None
    texts.use(Q)
    assert texts.again("Train") == "Entraîner"


def test_a_number_of_things_in_a_sentence_is_said_again_with_it(
    translations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_said", None)
    counted = polib.POEntry(msgid="{count} run", msgid_plural="{count} runs")
    counted.msgstr_plural = {0: "{count} tour", 1: "{count} tours"}
    write(translations, counted, polib.POEntry(msgid="Deleted {runs}, {name!r}.", msgstr="Sans {runs}, {name!r}."))
    texts.remember()
    runs = str(plural("{count} run", "{count} runs", 3))
    shown = say("Deleted {runs}, {name!r}.", runs=runs, name=runs)
    assert shown == "Deleted 3 runs, '3 runs'."
    texts.use(Q)
    assert texts.again(shown) == "Sans 3 tours, '3 runs'."
    texts.use("en")
    assert texts.again("Sans 3 tours, '3 runs'.") == shown


def test_things_one_after_the_other_are_said_again_each_of_them(
    translations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_said", None)
    write(translations, *[polib.POEntry(msgid=one, msgstr=quoted(one)) for one in ("grey", "{n} px", "Found: {what}")])
    texts.remember()
    shown = str(listed([say("{n} px", n=8), Text("grey"), "file.png"]))
    whole = say("Found: {what}", what=shown)
    texts.use(Q)
    assert texts.again(shown) == "«8 px», «grey», file.png"
    assert texts.again(whole) == "«Found: «8 px», «grey», file.png»"
    assert texts.meant(str(listed(["a.png", "b.png"]))) is None


def test_a_text_that_is_its_own_value_is_said_again_any_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_said", None)
    texts.remember()
    for _ in range(5000):
        say("{name}", name="Ada")
    assert texts.again("Ada") == "Ada"


def test_a_text_is_looked_up_each_time_it_is_shown(translations: Path) -> None:
    write(translations, polib.POEntry(msgid="{name} is here.", msgstr="Ici {name}."))
    text, error = Text("{name} is here.", name="Ada"), StudioError("{name} is here.", name="Ada")
    assert str(text) == str(error) == "Ada is here."
    texts.use(Q)
    assert str(text) == str(error) == "Ici Ada."
    assert say("{name} is here.", name="Bob") == "Ici Bob."
    texts.use("en")
    assert str(text) == str(error) == "Ada is here."


def test_values_that_are_texts_or_errors_are_looked_up_with_the_sentence(translations: Path) -> None:
    write(
        translations, *[polib.POEntry(msgid=one, msgstr=quoted(one)) for one in ("noise", "Stop: {why}", "a {what}.")]
    )
    text = Text("Stop: {why}", why=RunError("a {what}.", what=Text("noise")))
    assert str(text) == "Stop: a noise."
    texts.use(Q)
    assert str(text) == "«Stop: «a «noise».»»"


def test_plural_forms_are_those_of_the_catalogue(translations: Path) -> None:
    entry = polib.POEntry(msgid="{count} unit", msgid_plural="{count:,} units")
    entry.msgstr_plural = {0: "{count} one", 1: "{count} few", 2: "{count} many"}
    write(translations, entry, forms="nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);")
    counts = [plural("{count} unit", "{count:,} units", n) for n in (0, 1, 3, 1000)]
    assert [str(one) for one in counts] == ["0 units", "1 unit", "3 units", "1,000 units"]
    texts.use(Q)
    assert [str(one) for one in counts] == ["0 few", "1 one", "3 few", "1000 many"]


def test_a_language_of_one_form_counts_without_a_second(translations: Path) -> None:
    entry = polib.POEntry(msgid="one unit", msgid_plural="{count} units", msgstr_plural={0: "단위 {count}개"})
    write(translations, entry, forms="nplurals=1; plural=0;")
    texts.use(Q)
    assert [say("{n}", n=plural("one unit", "{count} units", n)) for n in (1, 2)] == ["단위 1개", "단위 2개"]


def test_words_that_are_the_same_in_english_only_are_told_apart_by_their_context(translations: Path) -> None:
    write(
        translations,
        polib.POEntry(msgid="Code", msgstr="latent"),
        polib.POEntry(msgid="Code", msgstr="program", msgctxt="listing"),
    )
    texts.use(Q)
    assert [say("Code"), say("Code", context="listing"), say("Code", context="other")] == ["latent", "program", "Code"]


def test_what_a_catalogue_lacks_is_english(translations: Path) -> None:
    write(translations)
    texts.use(Q)
    assert say("Nothing of {n} is known.", n=2) == "Nothing of 2 is known."
    assert say("") == ""


@pytest.mark.parametrize("broken", ["{nane} fehlt", "{name", "{name!q}", "{name:,}", "{}", "fehlt", "{name.x}"])
def test_a_broken_template_in_a_catalogue_falls_back_to_english(broken: str, translations: Path) -> None:
    write(translations, polib.POEntry(msgid="{name} is missing.", msgstr=broken))
    texts.use(Q)
    assert say("{name} is missing.", name="Ada") == "Ada is missing."


def test_without_values_braces_are_braces_and_with_values_they_are_doubled() -> None:
    assert str(StudioError("The folder {a} is full: {{}}")) == "The folder {a} is full: {{}}"
    assert str(StudioError("{path} holds {{}}.", path="{a}")) == "{a} holds {}."


def test_errors_survive_pickling_and_copying() -> None:
    error = RunError("{n:,} of {what}", n=3000, what=Text("nothing"))
    for one in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(one) is RunError
        assert str(one) == "3,000 of nothing"
    assert str(pickle.loads(pickle.dumps(RunError(plural("a", "b", 2))))) == "b"


def test_a_text_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Text("a").template = "b"  # type: ignore[misc]
    assert Text("a {n}", n=1) == Text("a {n}", n=1) != Text("a {n}", n=2)
    assert len({Text("a {n}", n=[1]), Text("a {n}", n=[1])}) == 1


def test_reasons_and_near_names_end_a_sentence() -> None:
    assert str(reason(OSError(2, "No such  file\n or so", "x"))) == "No such file or so."
    assert str(reason(RunError("It is {n}.", n=1))) == "It is 1."
    assert str(near("lineer", ["linear", "mlp"])) == "did you mean 'linear'?"
    assert str(near("zzz", ["linear", "mlp"])) == "choose one of linear, mlp."
    assert say("{all}", all=listed(["a", Text("b")], AND)) == "a and b"


def test_english_and_every_catalogue_can_be_chosen(translations: Path) -> None:
    write(translations)
    assert texts.languages() == ["en", Q]
    texts.use(Q)
    assert texts.language() == Q
    with pytest.raises(StudioError, match="There is no language 'xx'; choose one of en, qq"):
        texts.use("xx")
    assert texts.language() == Q


@pytest.mark.parametrize("content", [b"\xff\xfe", b'msgid "a"b"\n', b'msgid ""\nmsgstr "Plural-Forms: nplurals=x;"\n'])
def test_a_damaged_catalogue_is_refused_in_a_sentence_and_changes_nothing(content: bytes, translations: Path) -> None:
    (translations / f"{Q}.po").write_bytes(content)
    with pytest.raises(StudioError, match=r"The texts .*qq\.po cannot be read: "):
        texts.use(Q)
    assert texts.language() == "en"


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ({"LANG": "qq_QQ.UTF-8"}, Q),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "qq", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "AESTUDIO_LANGUAGE": "qq"}, Q),
    ],
)
def test_the_language_asked_for_is_preferred_else_the_systems(
    said: dict[str, str], chosen: str, translations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(translations)
    for name in ("AESTUDIO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert texts.preferred() == chosen


def test_the_language_of_the_preferences_comes_before_the_systems_and_after_the_one_asked_for(
    monkeypatch: pytest.MonkeyPatch, translations: Path
) -> None:
    write(translations)
    monkeypatch.delenv("AESTUDIO_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    assert [texts.preferred(chosen) for chosen in ("", Q, "xx")] == ["en", Q, "en"]
    monkeypatch.setenv("AESTUDIO_LANGUAGE", "en")
    assert texts.preferred(Q) == "en"


def test_a_page_is_taken_from_the_folder_of_the_language(translations: Path, tmp_path: Path) -> None:
    write(translations)
    page = tmp_path / "docs" / "welcome.md"
    (page.parent / Q).mkdir(parents=True)
    page.write_text("Hello")
    (page.parent / Q / "welcome.md").write_text("Hallo")
    assert texts.page(page) == page
    texts.use(Q)
    assert texts.page(page) == page.parent / Q / "welcome.md"
    assert texts.page(page.with_name("other.md")) == page.with_name("other.md")


# -- the whole program in another language -----------------------------------------------------------------------------


def test_declared_words_and_errors_of_the_core_follow_the_language_without_a_restart(everything: Path) -> None:
    member = options(Corruption)["gaussian"]
    with pytest.raises(RunError) as caught:
        Run().with_value("network.kind", "transformer")
    english = str(caught.value)
    assert english.startswith("network.kind cannot be 'transformer': there is no network called 'transformer'; choose")
    texts.use(Q)
    assert [say(member.title), say(member.about)] == [quoted(member.title), quoted(member.about)]
    assert all(say(one.label) == quoted(one.label) for one in knobs(member).values())
    assert str(caught.value).startswith(
        "«network.kind cannot be 'transformer': «there is no «network» called 'transformer'; «choose one of linear«, »"
    )
    texts.use("en")
    assert str(caught.value) == english


def test_the_command_line_speaks_the_language(
    everything: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "no-such-recipe"]) == 2
    assert capsys.readouterr().err.startswith("aestudio: There is no recipe")
    monkeypatch.setenv("AESTUDIO_LANGUAGE", Q)
    assert cli.main(["train", "no-such-recipe"]) == 2
    assert capsys.readouterr().err.startswith("aestudio: «There is no recipe")
    assert cli.main(["recipes"]) == 0
    assert "«Sparse autoencoder, KL»" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "«train a recipe without a window»" in " ".join(capsys.readouterr().out.split())


def test_a_recipe_is_told_in_the_language_and_kept_in_english(everything: Path) -> None:
    recipe = recipes.find("linear")
    texts.use(Q)
    assert say(recipe.title) == quoted(recipe.title)
    assert say(recipe.explanation) == quoted(recipe.explanation)
    assert recipe.run().title == recipe.title


def test_the_sentence_that_contributing_shows_is_one() -> None:
    (block,) = re.findall(
        r"^```python\n# how a sentence is written\n(.*?)^```$",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    assert problems(block) == []
    shown: dict[str, Any] = {}
    exec(block, shown)
    for found, said in (
        ([], "x.npz holds 0 images, and two are needed: it has nothing."),
        (["a"], "x.npz holds 1 image,"),
    ):
        with pytest.raises(DataError) as caught:
            shown["refuse"](Path("x.npz"), found)
        assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("error", "english", "korean"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.npz"),
            "No space left on device.",
            "디스크에 남은 공간이 없습니다.",
        ),
        (
            sqlite3.OperationalError("database or disk is full"),
            "database or disk is full.",
            "데이터베이스나 디스크가 가득 찼습니다.",
        ),
        (OSError("something new"), "something new.", "something new."),
    ],
)
def test_what_the_system_says_is_in_the_language_in_use(error: Exception, english: str, korean: str) -> None:
    said = reason(error)
    assert str(said) == english
    with texts.in_language("ko"):
        assert str(said) == korean


def test_one_image_is_no_images() -> None:
    assert str(measuring(0, 1)) == "measuring 0 of 1 held-out image"
    assert str(measuring(1_000, 10_000)) == "measuring 1,000 of 10,000 held-out images"
