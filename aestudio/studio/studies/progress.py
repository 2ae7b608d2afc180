"""How far a study is, and how long it takes, in words."""

from __future__ import annotations

from aestudio.core.ground.texts import Text

KNOWN_AFTER = 2.0
"""Seconds before which nobody can say how long it takes."""


def how_far(done: float, passed: float) -> Text:
    """Of a study that has done a fraction in so many seconds."""
    if passed < KNOWN_AFTER or done <= 0:
        return Text("{percent:.0f} % done", percent=100 * done)
    left = duration(passed * (1 - done) / done)
    return Text("{percent:.0f} % done · about {left} left", percent=100 * done, left=left)


def duration(seconds: float) -> Text:
    """In the unit that suits it."""
    if seconds < 90:
        return Text("{seconds:.0f} s", seconds=seconds)
    if seconds < 5400:
        return Text("{minutes:.0f} min", minutes=seconds / 60)
    return Text("{hours:.1f} h", hours=seconds / 3600)
