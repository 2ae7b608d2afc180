"""What is drawn by itself leaves the processors to the training."""

import pytest

from aestudio.studio.throttle import LONGEST, SHARE, Throttle


class Machine:
    """Two processors, a clock, and a thread that draws: each drawing takes so many seconds."""

    def __init__(self, drawing: float, pause: float = 0.1) -> None:
        self.now = self.taken = 0.0
        self.drawing, self.pause = drawing, pause
        self.throttle = Throttle(lambda: self.now, lambda: self.taken, lambda: 2)
        self._due = 0.0

    def run(self, seconds: float) -> float:
        """The share of all processors that drawing took at the end."""
        began, until = self.taken, self.now + seconds
        while self.now < until:
            self.now += 0.033
            if self.now >= self._due:
                self.taken += self.drawing
                self._due = self.now + self.pause * self.throttle.factor
            self.throttle.tick()
        return (self.taken - began) / seconds / 2


def test_cheap_drawings_come_as_often_as_usual() -> None:
    machine = Machine(drawing=0.002)
    machine.run(10)
    assert machine.throttle.factor == 1


def test_dear_drawings_come_seldom_enough_to_keep_to_their_share() -> None:
    machine = Machine(drawing=0.02)
    machine.run(10)
    assert machine.throttle.factor > 2
    assert machine.run(20) == pytest.approx(SHARE, rel=0.25)


def test_drawings_that_cannot_keep_to_it_still_come() -> None:
    machine = Machine(drawing=1.0)
    machine.run(30)
    assert machine.throttle.factor == LONGEST


def test_drawings_that_become_cheap_come_often_again() -> None:
    machine = Machine(drawing=0.03)
    machine.run(10)
    machine.drawing = 0.001
    machine.run(10)
    assert machine.throttle.factor == 1


def test_a_rest_between_two_trainings_says_nothing() -> None:
    machine = Machine(drawing=0.03)
    machine.run(10)
    patient = machine.throttle.factor
    machine.now += 60
    machine.throttle.tick()
    assert machine.throttle.factor == patient
