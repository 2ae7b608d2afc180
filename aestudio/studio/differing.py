"""What two runs differ in, in the words that a person tells them apart by."""

from __future__ import annotations

from dataclasses import dataclass

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Listing, Text, listed, say
from aestudio.core.parts.slots import Knob
from aestudio.core.run.run import MANY, Run
from aestudio.studio.changes import setting_name
from aestudio.studio.runs.settings import table

NAMED = 2
"""So many differences are enough to tell two runs apart in a legend."""
DRAWING = ("seed", "batch_size", "augmentation")
"""Settings that say which images are seen at which step, beside the data."""


@dataclass(frozen=True)
class Difference:
    """One setting of two runs, or a part that only one of them has."""

    path: str
    """`penalties.l1.weight`; of a part that only one has, `penalties.l1`."""
    label: str
    values: tuple[str, str]
    """Of the left and the right run, in words."""
    knobs: tuple[Knob | None, Knob | None] = (None, None)
    """What it is set with; None where a run has no such setting, or it is a whole part."""
    has: tuple[bool, bool] = (True, True)
    """Of a part: whether the left and the right run have it."""

    @property
    def is_part(self) -> bool:
        """One of them has a part that the other lacks."""
        return not all(self.has)


def differing(left: Run, right: Run) -> list[Difference]:
    """Every setting that is not the same, in the order of the forms; a part that one lacks is one difference."""
    found: dict[str, Difference] = {}
    for row in table([left, right], every=False):
        field, _, rest = row.path.partition(".")
        kind, _, name = rest.partition(".")
        has = [any(one.kind == kind for one in getattr(run, field)) for run in (left, right) if field in MANY]
        if name and has and not all(has):
            path, part, (left_has, right_has) = f"{field}.{kind}", row.label.partition(":")[0], has
            values = (say("yes") if left_has else say("no"), say("yes") if right_has else say("no"))
            found.setdefault(path, Difference(path, part, values, has=(left_has, right_has)))
        else:
            values = (row.values[0], row.values[1])
            found[row.path] = Difference(row.path, row.label, values, (_knob(left, row.path), _knob(right, row.path)))
    return list(found.values())


def _knob(run: Run, path: str) -> Knob | None:
    try:
        return run.knob(path)
    except RunError:
        return None


def names(left: Run, right: Run) -> tuple[Text | Listing, Text | Listing]:
    """Of either in a legend: by its side, and by what it has that the other has not."""
    found = differing(left, right)[:NAMED]
    said: list[Text | Listing] = []
    for at, (side, run) in enumerate(((Text("Left"), left), (Text("Right"), right))):
        each = [_short(one, at, run) for one in found]
        said.append(Text("{side}: {what}", side=side, what=listed(each)) if each else side)
    return said[0], said[1]


def _short(one: Difference, at: int, run: Run) -> Text:
    if one.is_part:
        return Text("with {part}" if one.has[at] else "without {part}", part=one.label)
    named = setting_name(run, one.path) if one.knobs[at] is not None else one.label
    return Text("{setting} {value}", setting=named, value=one.values[at])


def same_batches(left: Run, right: Run) -> bool:
    """Whether both see the same images at the same step."""
    return left.data == right.data and all(getattr(left, one) == getattr(right, one) for one in DRAWING)
