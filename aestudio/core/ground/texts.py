"""Words for a person: English templates with values, looked up in the language in use at the moment they are shown.

English is the source and the key. A catalogue, `resources/translations/<language>.po`, has the templates of another
language; what it lacks is shown in English. `python -m tests.texts` lists every text of the program.
"""

from __future__ import annotations

import gettext
import io
import os
import sys
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from aestudio.core.ground.resources import resource

ENGLISH = "en"
REMEMBERED = 10_000
"""So many texts with values are known by how they were shown; those without are known for good."""
SUFFIX = ".po"
ASKED = "AESTUDIO_LANGUAGE"
"""The variable of the environment that is heeded before all else."""


@dataclass(frozen=True, init=False)
class Text:
    """A sentence or a word: `Text("{name} holds {count:,} images.", name=path.name, count=3000)`.

    `str(text)` looks the template up and fills the values in, as `str.format` does; a value may be a Text or an error,
    which is then looked up at the same moment. Without values a template is shown as it is, braces and all; with
    values a brace that is shown is doubled. `context` tells words apart that are the same in English only.
    """

    template: str
    values: dict[str, Any]
    context: str = ""
    other: str = ""
    """The template for several; empty where nothing is counted."""

    def __init__(self, template: str, /, *, context: str = "", **values: Any) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "context", context)

    def __hash__(self) -> int:
        return hash((self.template, self.context))

    def __str__(self) -> str:
        shown = self._shown()
        if _said is not None and shown:
            _said.note(shown, self)
        return shown

    def _shown(self) -> str:
        if not self.template:  # gettext's key for what a catalogue says of itself
            return ""
        english, found = self._english(), self._found()
        if not self.values:
            return found
        if found != english and self._needed() <= _fields(found):
            try:
                return found.format_map(self.values)
            except (KeyError, IndexError, ValueError, AttributeError, TypeError):
                pass  # a mistake in a catalogue hides no sentence
        return english.format_map(self.values)

    def _english(self) -> str:
        return self.other if self.other and self.values["count"] != 1 else self.template

    def _found(self) -> str:
        if self.other:
            count = self.values["count"]
            if self.context:
                return _catalogue.npgettext(self.context, self.template, self.other, count)
            return _catalogue.ngettext(self.template, self.other, count)
        return _catalogue.pgettext(self.context, self.template) if self.context else _catalogue.gettext(self.template)

    def _needed(self) -> frozenset[str]:
        """The values that a translation has to show: those of all its English forms."""
        return _fields(self.template) & _fields(self.other) if self.other else _fields(self.template)


def plural(one: str, other: str, count: int, /, *, context: str = "", **values: Any) -> Text:
    """What is said of a number of things; the catalogue chooses the form. `count` is a value of the template:
    `plural("{count} image", "{count:,} images", n)`.
    """
    text = Text(one, context=context, count=count, **values)
    object.__setattr__(text, "other", other)
    return text


def say(template: str, /, *, context: str = "", **values: Any) -> str:
    """The text as it is shown now: for what is told and gone, or set again when the language changes."""
    return str(Text(template, context=context, **values))


@dataclass(frozen=True)
class Listing:
    """Several things one after the other: `a, b, c`."""

    items: tuple[Any, ...]
    between: Text

    def __str__(self) -> str:
        shown = str(self.between).join(str(item) for item in self.items)
        if _said is not None and len(self.items) > 1:
            _said.note_listing(shown, self)
        return shown


Said = Text | Listing
"""What can be shown, and be shown again in another language."""
COMMA = Text(", ", context="between the things of a list")
AND = Text(" and ", context="between the things of a list")
DOT = Text(" · ", context="between the things of a list")
SEMICOLON = Text("; ", context="between the things of a list")
SPACE = Text(" ", context="between two sentences")


def listed(items: Iterable[Any], between: Text = COMMA) -> Listing:
    """Names, Texts or numbers as a value of a template, looked up when they are shown."""
    return Listing(tuple(items), between)


def enumerated(items: Sequence[Any]) -> Listing | Any:
    """`a, b and c`; the one thing itself where there is no other."""
    *most, last = items
    return listed([listed(most), last], AND) if most else last


@lru_cache(4096)
def _fields(template: str) -> frozenset[str]:
    """The names of the values in a template; nothing that a value has where it is none."""
    try:
        return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)
    except ValueError:
        return frozenset()


# -- the language in use -----------------------------------------------------------------------------------------------

_catalogue = gettext.NullTranslations()
_language = ENGLISH


class _Said:
    """Texts by how they were shown. There are only so many templates, but any number of values: of texts with values
    the oldest is forgotten where there are too many, of the words on buttons and labels none.
    """

    def __init__(self) -> None:
        self._plain: dict[str, Text] = {}
        self._filled: OrderedDict[str, Said] = OrderedDict()

    def note(self, shown: str, text: Text) -> None:
        if not text.values:
            self._plain[shown] = text
            return
        self._keep(shown, self._with_meant(shown, text))

    def note_listing(self, shown: str, listing: Listing) -> None:
        """Several things; those that were said themselves as the texts that they were."""
        items = tuple(self._filled.get(one, one) if isinstance(one, str) else one for one in listing.items)
        if any(isinstance(one, Text | Listing) for one in items):
            self._keep(shown, Listing(items, listing.between))

    def _keep(self, shown: str, said: Said) -> None:
        self._filled.pop(shown, None)
        self._filled[shown] = said  # the newest, last
        if len(self._filled) > REMEMBERED:
            self._filled.popitem(last=False)

    def _with_meant(self, shown: str, text: Text) -> Text:
        """A value that was said itself, `3 runs` in `Deleted 3 runs.`, as the text that it was: it is looked up with
        the sentence. One that a template shows in another way than as it is stays a string.
        """
        inner = {
            name: found
            for name, value in text.values.items()
            if isinstance(value, str) and value != shown and f"{{{name}}}" in text.template
            if (found := self._filled.get(value)) is not None  # another thread may have it forgotten at any time
        }
        if not inner:
            return text
        kept = copy(text)
        object.__setattr__(kept, "values", {**text.values, **inner})
        return kept

    def get(self, shown: str) -> Said | None:
        return self._filled.get(shown) or self._plain.get(shown)


_said: _Said | None = None


def remember() -> None:
    """From now on texts are known by how they were shown: a window that is open can show them `again`."""
    global _said
    _said = _Said() if _said is None else _said


def meant(shown: str) -> Said | None:
    """What was shown like this, the last one where several look alike; None where nothing was."""
    return None if _said is None else _said.get(shown)


def again(shown: str) -> str:
    """What was shown before, in the language in use now; what is no text stays as it is."""
    text = meant(shown)
    return shown if text is None else str(text)


def known(shown: str) -> Said | str:
    """What was shown before as a value of another text, to be looked up with it; what is no text stays as it is."""
    return meant(shown) or shown


def folder() -> Path:
    """Where the catalogues lie."""
    return resource("translations")


def languages() -> list[str]:
    """What can be chosen: English, then the languages that have a catalogue."""
    return [ENGLISH, *sorted(path.stem for path in folder().glob(f"*{SUFFIX}"))]


def language() -> str:
    """The one in use, by its code: `en`, `ko`."""
    return _language


def use(wanted: str) -> None:
    """Shows every text in this language from now on.

    Raises: StudioError where there is no catalogue of it, or one that cannot be read; nothing is changed then.
    """
    global _catalogue, _language
    _catalogue = _read(wanted)
    _language = wanted


@contextmanager
def in_language(wanted: str) -> Iterator[None]:
    """Every text is in this language for a while, and then in the one that it was in.

    Raises: StudioError as `use` does.
    """
    global _catalogue, _language
    before = _catalogue, _language
    use(wanted)
    try:
        yield
    finally:
        _catalogue, _language = before


def in_english() -> AbstractContextManager[None]:
    """Every text is English for a while, and then in the language that it was in."""
    return in_language(ENGLISH)


def _read(wanted: str) -> gettext.NullTranslations:
    from aestudio.core.ground.errors import StudioError, near, reason  # errors are texts themselves

    if wanted == ENGLISH:
        return gettext.NullTranslations()
    if wanted not in languages():
        raise StudioError("There is no language {wanted!r}; {near}", wanted=wanted, near=near(wanted, languages()))
    path = folder() / f"{wanted}{SUFFIX}"
    try:
        import polib  # only whoever reads another language waits for it

        catalogue = polib.pofile(str(path), encoding="utf-8")
        return gettext.GNUTranslations(io.BytesIO(catalogue.to_binary()))
    except (OSError, ValueError, LookupError) as error:  # undecodable, no .po, or plural forms that are none
        raise StudioError("The texts {path} cannot be read: {reason}", path=path, reason=reason(error)) from error


def preferred(chosen: str = "", system: str = "") -> str:
    """The language that the person asked for with AESTUDIO_LANGUAGE, else the one `chosen` in the Preferences, else the
    system's where it has a catalogue: `system` is what says so where no variable of the environment does.
    """
    known = languages()
    if chosen in known and not os.environ.get(ASKED):
        return chosen
    said = told() or system or _of_windows()
    code = said.partition(".")[0].partition("@")[0].replace("-", "_")
    return next((one for one in (code, code.partition("_")[0]) if one in known), ENGLISH)


def told() -> str:
    """What the environment says of the language, as it is written there; empty where it says nothing."""
    said = (os.environ.get(name) for name in (ASKED, "LC_ALL", "LC_MESSAGES", "LANG"))
    return next((one for one in said if one), "")


def _of_windows() -> str:
    """The language of Windows, where no variable says it; empty elsewhere."""
    if sys.platform == "win32":
        import ctypes
        import locale

        with suppress(AttributeError, OSError):  # a Windows that does not tell
            return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return ""


def page(path: Path) -> Path:
    """A page in the language in use: `docs/ko/welcome.md` for `docs/welcome.md` where it is there."""
    translated = path.parent / _language / path.name
    return translated if translated.is_file() else path
