"""Settings of runs under the titles that forms give them. Imports all parts of a run, and so torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from aestudio.core.ground.texts import Text, listed
from aestudio.core.library import columns
from aestudio.core.library.asking import Fact, plain
from aestudio.core.parts.slots import Slot, knobs, options
from aestudio.core.run.run import FAMILIES, MANY, Run


def told(path: str, values: Sequence[Fact], among: Iterable[str]) -> str:
    """`Weight β = 8`, `Data = Digits`; with its part where another of these paths has the same title. What members of
    a family call differently goes by its name for a search.
    """
    part, title = _named(path)
    if title is None:
        return columns.told(path, values, among)
    if part is not None and any(_named(one)[1] == title for one in among if one != path):
        title = Text("{owner}: {knob}", owner=part, knob=title)
    family = FAMILIES.get(path)
    kinds = {} if family is None else {plain(kind): member for kind, member in options(family).items()}
    said = listed(Text(kinds[plain(str(one))].title) if plain(str(one)) in kinds else one for one in values)
    written = str(said) if kinds else columns.written(values)
    return f"{title} = {written or '–'}"


@cache
def _named(path: str) -> tuple[Text | None, Text | None]:
    """The part that has a setting, and the title of this; nothing where there is no such one, or several."""
    field, _, rest = path.partition(".")
    of_run = knobs(Run)
    if not rest or field not in FAMILIES:
        return None, of_run[field].title if field in of_run and not rest else None
    owner, members = Text(of_run[field].label), list(options(FAMILIES[field]).values())
    if field in MANY:
        kind, _, rest = rest.partition(".")
        members = [one for one in members if plain(one.kind) == kind]
        owner = Text(members[0].title) if members else owner
    titles = {str(title): title for one in members if (title := _title(one, rest)) is not None}
    return owner, next(iter(titles.values())) if len(titles) == 1 else None


def _title(member: type[Slot], name: str) -> Text | None:
    return next((knob.title for field, knob in knobs(member).items() if plain(field) == name), None)
