"""What a training does and how it ended, in the words that the window and the command line share."""

from __future__ import annotations

from aestudio.core.ground.texts import Text, plural
from aestudio.core.run.events import Finished


def measuring(done: int, of: int) -> Text:
    """How far the scoring of the held-out images is."""
    return Text("measuring {done:,} of {of:,} held-out images", done=done, of=of)


def stopped(step: int) -> Text:
    """That a training was stopped, and after how long."""
    return plural("Stopped after {count} step", "Stopped after {count:,} steps", step)


def ended(event: Finished) -> Text:
    """How a training ended, and after how long."""
    match event.reason:
        case "completed":
            return plural("Completed after {count} step", "Completed after {count:,} steps", event.step)
        case "stopped":
            return stopped(event.step)
        case "failed":
            return plural("Failed after {count} step", "Failed after {count:,} steps", event.step)
