"""Settings of runs under the titles that forms give them. Imports all parts of a run, and so torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from aestudio.core.ground.texts import Said, Text, listed, say
from aestudio.core.library import columns
from aestudio.core.library.asking import Fact, plain
from aestudio.core.parts.slots import Knob, Slot, knobs, options
from aestudio.core.probes import measure
from aestudio.core.run.run import FAMILIES, MANY, Run
from aestudio.studio.runs.rows import COLUMNS, Column

SUMMED = {"objective": Column.OBJECTIVE, "psnr": Column.PSNR, "parameters": Column.PARAMETERS}
OR = Text(" / ", context="between the things of a list")


def _name(path: str, among: Iterable[str]) -> str:
    """`Weight β`, `Data`; with its part where another of these paths has the same title."""
    part, title = _titled(path)
    if title is None:
        return columns.short(path, among)
    if part is not None and any(_titled(one)[1] == title for one in among if one != path):
        return say("{owner}: {knob}", owner=part, knob=title)
    return str(title)


def _write(path: str, values: Sequence[Fact]) -> str:
    family = FAMILIES.get(path)
    titles = {} if family is None else {plain(kind): member.title for kind, member in options(family).items()}
    if _is_free(path):
        return columns.written(values)
    return columns.written([say(titles.get(plain(one), one)) if isinstance(one, str) else one for one in values])


TITLED = columns.Naming(_name, _write)
"""Settings as forms call them, scores as the table of runs does, and what has no title as a search takes it."""


@cache
def _titled(path: str) -> tuple[Text | None, Said | None]:
    """The part that has a setting, and the title of this; all titles, where members call it differently."""
    if path in SUMMED:
        return None, COLUMNS[SUMMED[path]].heading
    field, _, rest = path.partition(".")
    if field == "scores" and rest:
        return None, measure.title(rest)
    of_run = knobs(Run)
    if not rest or field not in FAMILIES:
        return None, of_run[field].title if field in of_run and not rest else None
    owner, members = Text(of_run[field].label), list(options(FAMILIES[field]).values())
    if field in MANY:
        kind, _, rest = rest.partition(".")
        members = [one for one in members if plain(one.kind) == kind]
        owner = Text(members[0].title) if members else owner
    titles = list(dict.fromkeys(title for one in members if (title := _title(one, rest)) is not None))
    return owner, listed(titles, OR) if len(titles) > 1 else next(iter(titles), None)


def _title(member: type[Slot], name: str) -> Text | None:
    return None if (knob := _knob(member, name)) is None else knob.title


def _is_free(path: str) -> bool:
    """Whether any member of a part has a setting there whose value the person writes."""
    field, _, name = path.partition(".")
    members = options(FAMILIES[field]).values() if field in FAMILIES else ()
    return any(knob.is_free for one in members if (knob := _knob(one, name)) is not None)


def _knob(member: type[Slot], name: str) -> Knob | None:
    return next((knob for field, knob in knobs(member).items() if plain(field) == name), None)
