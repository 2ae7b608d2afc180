"""Which snapshot is looked at, what of it is on the panel, and when it has to be measured again."""

from __future__ import annotations

from typing import Generic, TypeVar

from aestudio.core.ground.errors import ProbeError, TakesLong
from aestudio.core.ground.texts import Text, say
from aestudio.studio.inspect.examined import Examined
from aestudio.studio.inspect.measuring import taken_words
from aestudio.studio.inspect.vitals import Vitals

CHEAP = 2.0
"""Seconds: a measure that took longer is not taken again by itself while a training goes on."""
REST = 3.0
"""A measure is taken again after so many times as long as it took, and not before SOONEST: training goes first."""
SOONEST = 0.5
NOTHING = Text("Train a model on the Explore page, or open one, and look into it here")

P = TypeVar("P")


class Inspection(Generic[P]):
    """The rules of a page that measures, whatever a panel is (P)."""

    def __init__(self) -> None:
        self.subject: Examined | None = None
        """The newest snapshot."""
        self.measured: tuple[P, Examined] | None = None
        """What is on the panel: by which panel, and of which snapshot."""
        self.running = False
        """Whether a training goes on, paused or not."""
        self.live = True
        """Whether the person wants measures to be taken again and again meanwhile."""
        self.problem = ""
        """Why nothing is shown."""
        self.takes_long = False
        """That it would take too long is the reason, so that the panel may offer something else."""
        self.words: Text | str = ""
        """What the footer says where nothing is being measured."""
        self.seconds = 0.0
        """How long the last measure took."""
        self._given_up = False
        self._vitals: tuple[Examined, Vitals] | None = None

    def look_at(self, subject: Examined | None) -> bool:
        """A newer snapshot; True where it is of another network, so that nothing of the old one holds any more."""
        fresh = subject is None or not subject.same_network(self.subject)
        if fresh:
            self.measured, self._vitals, self.problem, self.words = None, None, "", ""
        self.subject = subject
        return fresh

    @property
    def known(self) -> Vitals | None:
        """The numbers above the panel where they are those of the newest snapshot, whichever panel they came with."""
        return self._vitals[1] if self._vitals is not None and self._vitals[0] is self.subject else None

    @property
    def refusal(self) -> str:
        """The sentence that stands in the panel's place; empty where the panel is shown."""
        return str(NOTHING) if self.subject is None else self.problem

    @property
    def pause(self) -> float:
        """Seconds until the next measure while a training goes on."""
        return max(SOONEST, REST * self.seconds)

    # -- what becomes of it --------------------------------------------------------------------------------------------

    def turn_to(self, panel: P) -> None:
        """Another panel is shown."""
        self.problem = ""
        if self.measured is not None and self.measured[0] != panel:
            self.measured, self.words = None, ""

    def begin(self) -> None:
        """A measure is under way."""
        self._given_up = False

    def take(self, panel: P, subject: Examined, numbers: Vitals | None, picture: object) -> bool:
        """What was measured; False where the panel had a reason to show nothing, though the numbers hold."""
        self._vitals = (subject, numbers) if numbers is not None else None
        if isinstance(picture, ProbeError):
            self.refuse(str(picture), takes_long=isinstance(picture, TakesLong))
            return False
        self.problem, self.measured = "", (panel, subject)
        self.words = taken_words(subject, self.seconds, slow=self.running and self.live and self.seconds > CHEAP)
        return True

    def refuse(self, problem: str, *, takes_long: bool = False) -> None:
        """Nothing could be measured, and why."""
        self.takes_long = takes_long
        self.problem, self.measured, self.words = problem, None, ""

    def give_up(self) -> None:
        """The person cancelled the measure."""
        self._given_up, self.takes_long = True, False
        self.problem = "" if self.measured else say("Cancelled. Press Measure to begin again.")

    # -- when it is measured -------------------------------------------------------------------------------------------

    def due(self, panel: P) -> bool:
        """Not where what is shown is the newest, nor where it was slow to measure and a training goes on."""
        newest = self.measured is not None and self.measured == (panel, self.subject)
        shown = self.measured is not None and self.measured[0] == panel
        by_hand = self.running and shown and (not self.live or self.seconds > CHEAP)
        return not newest and not by_hand and not (self.problem and self.running)

    def overtaken(self) -> bool:
        """A snapshot came while the last was measured, or while the measure of another model was given up."""
        if self._given_up:
            return False
        if self.measured is None:
            return not self.problem
        return self.measured[1] is not self.subject
