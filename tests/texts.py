"""Lists every text of the program: `python -m tests.texts` writes resources/translations/aestudio.pot, and brings every
catalogue beside it, such as ko.po, in step: texts that are new there are empty, those that are gone are dropped.

What is shown to a person is the template of a Text, an error, `say` or `plural`, the label, unit and tip of a knob, a
declared word of a class (DECLARED), the text, tip and choice of an Action, or the title, chapter,
summary, explanation or a claim of a recipe. The pages of resources/docs are translated whole, each as a file of its
own; that of the recipes is written here, from their texts.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import polib

from aestudio.core.parts.slots import Slot, knobs
from tests import recipe_pages
from tests.members import every_member

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "aestudio"
RECIPES = ROOT / "resources" / "recipes"
TEMPLATE = ROOT / "resources" / "translations" / "aestudio.pot"

SAYING = {"Text", "say", "plural", "Condition", "Phase"}
"""Calls whose templates are texts, beside those of errors."""
DECLARED = {"title", "label", "label_of_one", "about", "noun", "tip", "question"}
"""Words that a class declares, each a `ClassVar[str]`."""


@cache
def trees() -> dict[str, ast.Module]:
    """The syntax tree of every file of the program, by its path from the root."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PROGRAM.rglob("*.py"))
    }


def errors(modules: Iterable[ast.Module], known: Iterable[str] = ("StudioError",)) -> set[str]:
    """The names of those that are known and of all classes that come from them."""
    found = set(known)
    classes = [node for tree in modules for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if found & {name(base) for base in one.bases}} - found:
        found |= more
    return found


def name(node: ast.AST) -> str:
    """The last word of a name: `errors.RunError` is a `RunError`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def templates(tree: ast.Module, saying: set[str]) -> Iterator[tuple[ast.expr, ...]]:
    """What stands where a template belongs: one expression, or two where things are counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = name(node.func)
            if called == "plural" and len(node.args) > 1:
                yield (node.args[0], node.args[1])
            elif called == "knob":
                yield from ((one,) for one in node.args[1:2])
                yield from ((one.value,) for one in node.keywords if one.arg in ("unit", "tip", "raised"))
            elif called == "Condition":
                yield from ((one,) for one in node.args[1:2])
            elif called == "Action":
                yield from ((one,) for one in node.args[1:2])
                yield from ((one.value,) for one in node.keywords if one.arg in ("text", "tip", "choice"))
            elif called in saying and node.args:
                yield (node.args[0],)
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.AnnAssign) and one.value and name(one.target) in DECLARED:
                    yield (one.value,)


def literals(node: ast.expr) -> list[str]:
    """The strings that an expression may be: itself, or both sides of a choice."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) and has_words(node.value) else []
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return []


def has_words(template: str) -> bool:
    """Whether there is anything to translate: more than a value alone."""
    return not re.fullmatch(r"|\{\w+\}", template)


def context(tree: ast.Module) -> dict[int, str]:
    """The context of a template, by the identity of its expression."""
    return {
        id(node.args[0]): str(one.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args
        for one in node.keywords
        if one.arg == "context" and isinstance(one.value, ast.Constant)
    }


def catalogue() -> polib.POFile:
    """Every text, in the order of the files."""
    found: dict[tuple[str, str], polib.POEntry] = {}

    def add(text: str, where: str, *, other: str = "", within: str = "") -> None:
        about: dict[str, Any] = {"msgctxt": within} if within else {}
        entry = found.setdefault((within, text), polib.POEntry(msgid=text, msgid_plural=other, **about))
        entry.msgid_plural = entry.msgid_plural or other
        if (where, "") not in entry.occurrences:
            entry.occurrences.append((where, ""))

    saying = SAYING | errors(trees().values())
    for where, tree in trees().items():
        contexts = context(tree)
        for one, *others in templates(tree, saying):
            for text in literals(one):
                more = literals(others[0]) if others else []
                add(text, where, other=more[0] if more else "", within=contexts.get(id(one), ""))
    for member in every_member().values():
        for knob in knobs(member).values() if issubclass(member, Slot) else ():
            for text in (knob.label, knob.unit, knob.tip, knob.raised, *map(str, knob.choices)):
                if has_words(text):
                    add(text, member.__module__.replace(".", "/") + ".py")
    for path in sorted(RECIPES.glob("*.toml")):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        claims = [claim["sentence"] for claim in told.get("claims", ())]
        words = [told[name].strip() for name in ("title", "chapter", "summary", "explanation") if name in told]
        for text in (*words, *claims):
            add(text, path.relative_to(ROOT).as_posix())
    made = polib.POFile(wrapwidth=110)
    made.metadata = {
        "Project-Id-Version": "AEStudio",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    made.extend(found.values())
    return made


def key(entry: polib.POEntry) -> tuple[str, str]:
    """What a text is found by."""
    return (entry.msgctxt or "", entry.msgid)


def catalogues() -> list[Path]:
    """Those of other languages."""
    return sorted(TEMPLATE.parent.glob("*.po"))


def in_step(old: polib.POFile, found: polib.POFile) -> polib.POFile:
    """The catalogue of a language for the texts that there are now: no translation of one of them is lost."""
    known = {key(entry): entry for entry in old}
    forms = max((len(entry.msgstr_plural) for entry in old), default=0) or 1
    made = polib.POFile(wrapwidth=found.wrapwidth)
    made.metadata = dict(old.metadata)
    for text in found:
        before = known.get(key(text))
        said = (before.msgstr or before.msgstr_plural.get(0, "")) if before else ""
        entry = polib.POEntry(msgid=text.msgid, msgid_plural=text.msgid_plural, occurrences=text.occurrences)
        entry.msgctxt = text.msgctxt
        if not text.msgid_plural:
            entry.msgstr = said
        elif before and before.msgstr_plural:
            entry.msgstr_plural = before.msgstr_plural
        else:
            entry.msgstr_plural = dict.fromkeys(range(forms), said)
        made.append(entry)
    return made


if __name__ == "__main__":
    found = catalogue()
    TEMPLATE.write_text(str(found), encoding="utf-8")
    print(f"{len(found)} texts in {TEMPLATE.relative_to(ROOT)}")
    for path in catalogues():
        made = in_step(polib.pofile(str(path), encoding="utf-8"), found)
        path.write_text(str(made), encoding="utf-8")
        print(f"{len(made.untranslated_entries())} texts without a translation in {path.relative_to(ROOT)}")
    recipe_pages.write()
