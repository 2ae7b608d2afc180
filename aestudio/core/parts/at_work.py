"""Whose mistake an error is: the part that was at work when it came up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import walk_tb

from torch import nn

from aestudio.core.ground.errors import RunError, StudioError
from aestudio.core.ground.texts import Text, listed
from aestudio.core.parts.building import Blueprint, named, raised
from aestudio.core.parts.looking import Built
from aestudio.core.parts.part import Part
from aestudio.core.parts.placed import MisplacedError


@contextmanager
def in_a_sentence(run: Blueprint, built: Built) -> Iterator[None]:
    """Whatever a part raises, the person is told which one was at work."""
    try:
        yield
    except StudioError:
        raise
    except Exception as error:
        working = at_work(run, built, error)
        if not working:
            parts = (run.augmentation, run.network, run.code, run.corruption, run.loss, *run.penalties)
            raise RunError(
                "These parts do not go together ({parts}): one of them cannot take what another gives it. Choose "
                "another one. ({raised})",
                parts=listed(Text(part.title) for part in parts if not part.neutral),
                raised=raised(error),
            ) from error
        *users, part = working
        if isinstance(error, MisplacedError):
            raise RunError(
                "{part} makes numbers on the CPU with {maker}, and they meet those of the model, which may lie on "
                "another device; they need device=, such as the device of what the part is given.",
                part=named(part),
                maker=error.maker,
            ) from error
        who = named(part)
        for user in users[-1:]:
            who = Text("{part}, which the {noun} {title} uses,", part=who, noun=Text(user.noun), title=Text(user.title))
        giving = [one for one in (run.augmentation, run.corruption, run.network, run.code) if not one.neutral]
        given = [
            Text("the {noun} {title}", noun=Text(one.noun), title=Text(one.title)) for one in giving if one is not part
        ]
        if not given:
            raise RunError(
                "{part} cannot work with what it is given. ({raised}) Choose another {noun}.",
                part=who,
                raised=raised(error),
                noun=Text(part.noun),
            ) from error
        raise RunError(
            "{part} cannot work with what it is given. ({raised}) Choose another {noun}, or change what comes with it: "
            "{given}.",
            part=who,
            raised=raised(error),
            noun=Text(part.noun),
            given=listed(given, Text(" or ")),
        ) from error


def at_work(run: Blueprint, built: Built, error: BaseException) -> list[Part]:
    """The parts whose code was running, or that of what they built, when an error came up; the innermost last."""
    owners: dict[int, Part] = {
        id(module): part for part, built_by in owned(run, built) for module in built_by.modules()
    }
    parts = (run.augmentation, run.network, run.code, run.corruption, run.loss, *run.penalties, run.objective)
    owners |= {id(part): part for part in parts}
    found: dict[int, Part] = {}
    for frame, _ in walk_tb(error.__traceback__):
        if (part := owners.get(id(frame.f_locals.get("self")))) is not None:
            found[id(part)] = part
    return list(found.values())


def owned(run: Blueprint, built: Built) -> list[tuple[Part, nn.Module]]:
    """Every module, and which part has built it."""
    penalties = ((penalty, built.penalties[penalty.kind]) for penalty in run.penalties)
    stages = ((run.network, stage) for stage in built.stages)
    return [*stages, (run.code, built.code), (run.loss, built.loss), *penalties]
