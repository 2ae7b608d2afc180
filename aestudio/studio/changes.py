"""Changes of settings while training, as a plot marks them: in few words, and a line that was dragged once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import say
from aestudio.core.run.run import Run


@dataclass(frozen=True)
class SettingChange:
    """One setting, and its values before and after a step, in words."""

    step: float
    setting: str
    before: str
    after: str

    def words(self) -> str:
        """As it stands in a plot."""
        return say("{setting} {before} → {after}", setting=self.setting, before=self.before, after=self.after)


def merged(changes: Sequence[SettingChange], near: float) -> list[SettingChange]:
    """In their order, those of one setting that lie nearer than so many steps made one."""
    found: list[SettingChange] = []
    for change in changes:
        last = next((one for one in reversed(found) if one.setting == change.setting), None)
        if last is not None and change.step - last.step <= near:
            found.remove(last)
            change = replace(change, before=last.before)
        found.append(change)
    return found


def setting_name(run: Run, path: str) -> str:
    """What a setting is called where there is little room: the symbol at the end of its label, as in “Target ρ̂”."""
    try:
        words = say(run.knob(path).label)
    except RunError:  # what the path named is no part of this run any more
        return path
    last = words.rpartition(" ")[2]
    return last if len(last) <= 2 else words


def short(value: object) -> str:
    """A setting's value where there is little room."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
