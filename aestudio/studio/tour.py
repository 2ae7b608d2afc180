"""A walk through the window on the person's own work: each step waits until what it asks for was really done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aestudio.core.ground.texts import Text

if TYPE_CHECKING:
    from aestudio.studio.document import Document

SEEN_STEPS = 200
"""A training has gone on so long that there is something to look at."""


@dataclass(frozen=True)
class TourFacts:
    """What the steps look at."""

    page: str
    """The name of the page that is shown."""
    moved: int = 0
    """Code sliders that the person holds."""
    running: bool = False
    step: int = 0
    targets: tuple[float, ...] = ()
    """The target activations of the run, at most one as recipes go."""
    images: tuple[str, ...] = ()
    """The names of the person's own images that went through the model."""

    @classmethod
    def of(cls, document: Document, page: str, moved: int) -> TourFacts:
        """As they are now."""
        targets = [penalty.target_activation for penalty in document.run.penalties if penalty.target_knob]
        preview = document.shown.preview
        return cls(
            page,
            moved,
            document.status.running,
            0 if preview is None else preview.step,
            tuple(target for target in targets if target is not None),
            document.shown.own_names,
        )


@dataclass(frozen=True)
class TourStep:
    """One thing to do."""

    text: Text
    target: str
    """The name of the widget that is pointed at."""
    page: str
    """Where that is; empty where it is always there."""
    done: Callable[[TourFacts, TourFacts], bool]
    """Whether it was done, given what was so when the step began and what is so now."""


STEPS = (
    TourStep(
        Text(
            "Choose a recipe in this list. For this tour take “Sparse autoencoder, KL”: it has a line that can be "
            "dragged while it trains."
        ),
        "recipeChooser",
        "explore",
        lambda then, now: bool(now.targets),
    ),
    TourStep(
        Text("Press Train. You can stop at any time, and nothing is lost."),
        "trainButton",
        "explore",
        lambda then, now: now.running,
    ),
    TourStep(
        Text(
            "Look here. On the left are pictures that the network never trains on, on the right what it makes of them: "
            "the longer it trains, the sharper they are."
        ),
        "imagePanes",
        "explore",
        lambda then, now: min(now.step, abs(now.step - then.step)) >= SEEN_STEPS,
    ),
    TourStep(
        Text(
            "The blue line is ρ̂, the mean activation that every unit should have. Drag it to the left or to the right, "
            "and watch the bars follow."
        ),
        "activationHistogram",
        "explore",
        lambda then, now: now.targets != then.targets,
    ),
    TourStep(
        Text("These numbers are the code of one picture. Pull a slider and see what its unit draws."),
        "latentSliders",
        "explore",
        lambda then, now: now.moved > 0,
    ),
    TourStep(
        Text(
            "Drop a picture of your own anywhere on the window, or open one with Ctrl+O. It goes through the network. "
            "Have you none at hand? Then skip this step."
        ),
        "imagePanes",
        "explore",
        lambda then, now: now.images not in ((), then.images),
    ),
    TourStep(
        Text("Go to Inspect: it looks into the network, also while it trains."),
        "inspectPageButton",
        "",
        lambda then, now: now.page == "inspect",
    ),
    TourStep(
        Text("Go to Runs: every training is kept there, and can go on or be compared with others."),
        "runsPageButton",
        "",
        lambda then, now: now.page == "runs",
    ),
)


class Tour:
    """Where a person is in the tour. It asks for `facts` whenever it is told to look."""

    def __init__(self, facts: Callable[[], TourFacts]) -> None:
        self._facts = facts
        self._then: TourFacts | None = None
        self._first = 0
        self.place = -1
        """Of the step that waits; -1 where there is no tour, and after the last where all is done."""

    @property
    def step(self) -> TourStep | None:
        """What is asked for now."""
        return STEPS[self.place] if 0 <= self.place < len(STEPS) else None

    @property
    def over(self) -> bool:
        """Every step was done or skipped."""
        return self.place == len(STEPS)

    @property
    def number(self) -> int:
        """Of the step that waits, counted from the one that this tour began with."""
        return self.place - self._first + 1

    @property
    def count(self) -> int:
        """Steps from the one that this tour began with."""
        return len(STEPS) - self._first

    def begin(self) -> None:
        """From the first step that is not done already."""
        self.place = -1
        self.skip()
        self._first = self.place

    def leave(self) -> None:
        """No more of it."""
        self.place = -1

    def look(self) -> bool:
        """Goes on where the step was done; whether it did."""
        step, then = self.step, self._then
        if step is None or then is None or not step.done(then, self._facts()):
            return False
        self.skip()
        return True

    def skip(self) -> None:
        """On to the next step. One that asks for what is so already is no step."""
        self._then = self._facts()
        self.place += 1
        while (step := self.step) is not None and step.done(self._then, self._then):
            self.place += 1
