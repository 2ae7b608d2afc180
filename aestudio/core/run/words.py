"""What a training does and how it ended, in the words that the window and the command line share."""

from __future__ import annotations

from collections.abc import Mapping

from aestudio.core.ground.texts import Text, plural
from aestudio.core.run.events import Finished


def measuring(done: int, of: int) -> Text:
    """How far the scoring of the held-out images is."""
    return plural(
        "measuring {done:,} of {count} held-out image", "measuring {done:,} of {count:,} held-out images", of, done=done
    )


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


def title_of_term(name: str) -> Text:
    """What a person reads for a term of the objective; an objective's own goes by its name."""
    from aestudio.core.parts.families.code import Code
    from aestudio.core.parts.families.penalty import Penalty
    from aestudio.core.parts.slots import options

    of_codes = {one: title for code in options(Code).values() for one, title in code.term_titles.items()}
    of_penalties = {kind: Text(penalty.title) for kind, penalty in options(Penalty).items()}
    return ({"reconstruction": Text("Reconstruction")} | of_codes | of_penalties).get(name) or Text(name)


def quality(scores: Mapping[str, float]) -> Text | None:
    """How good reconstructions are, in the unit that fits them; None where nothing was scored."""
    if (distance := scores.get("distance")) is not None:
        return Text("distance {distance:.3g}", distance=distance)
    psnr = scores.get("psnr")
    return None if psnr is None else Text("PSNR {psnr:.2f} dB", psnr=psnr)
