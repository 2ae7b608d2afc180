"""Named Runs: the recipes that ship with the program, then the person's own folder. Listing them needs no torch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from aestudio.core.ground import atomic, bounded_toml, folders
from aestudio.core.ground.errors import RunError, near, reason
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text

if TYPE_CHECKING:
    from aestudio.core.run.run import Run


ABOUT = ("order", "images", "pixels", "chapter", "summary", "next")
"""What a file says of the recipe and not of the run."""
OWN = Text("Your own")
"""The chapter of recipes that say none."""


@dataclass(frozen=True)
class Recipe:
    """A file that fills the slots of a Run, with what to know about it."""

    name: str
    path: Path
    title: str
    explanation: str
    citation: str
    data: str
    """The kind of its default data source."""
    order: int = 100
    chapter: str = OWN.template
    """What it stands under among the others, in English."""
    summary: str = ""
    """One sentence for somebody who knows nothing of it yet."""
    next: str = ""
    """The name of the recipe to try after it."""
    epochs: int = 0
    images: int = 0
    """So many training images its epochs are meant for; with more of them fewer epochs are as much training. 0: any."""
    pixels: int = 0
    """The numbers of an image that its weights are meant for; 0: any."""

    @property
    def picture(self) -> Path | None:
        """What it made, beside its file."""
        beside = (self.path.with_suffix(suffix) for suffix in (".png", ".jpg"))
        return next((path for path in beside if path.is_file()), None)

    def run(self) -> Run:
        """Raises: RunError where the file is not a valid run."""
        from aestudio.core.run.run import Run  # imports torch, which listing recipes must not wait for

        try:
            settings = _parsed(self.path)
            for name in ABOUT:
                settings.pop(name, None)
            return Run.from_settings(settings)
        except (OSError, ValueError, RecursionError, RunError) as error:
            raise RunError(
                "The recipe {path} cannot be used: {reason}", path=self.path, reason=reason(error)
            ) from error


def _parsed(path: Path) -> dict[str, Any]:
    """Raises: OSError; ValueError for what is not UTF-8, not TOML or beyond its bounds."""
    with path.open(encoding="utf-8") as file:
        return bounded_toml.loads(file.read(bounded_toml.LARGEST + 1))


def read(path: Path) -> Recipe:
    """Raises: RunError where the file cannot be read or is not TOML."""
    try:
        settings = _parsed(path)
    except (OSError, ValueError) as error:
        raise RunError("The recipe {path} cannot be read: {reason}", path=path, reason=reason(error)) from error
    data, order = settings.get("data", {}), settings.get("order", 100)
    if type(order) is not int:
        raise RunError(
            "The recipe {path} cannot be read: its order must be a whole number (it is {order!r}).",
            path=path,
            order=order,
        )
    return Recipe(
        name=path.stem,
        path=path,
        title=str(settings.get("title", path.stem)),
        explanation=str(settings.get("explanation", "")).strip(),
        citation=str(settings.get("citation", "")),
        data=str(data.get("kind", "digits")) if isinstance(data, dict) else str(data),
        order=order,
        chapter=str(settings.get("chapter", OWN.template)),
        summary=str(settings.get("summary", "")),
        next=str(settings.get("next", "")),
        **{name: number for name in ("epochs", "images", "pixels") if type(number := settings.get(name)) is int},
    )


@lru_cache(maxsize=256)
def _shipped(path: Path) -> Recipe:
    """Nobody changes these while the program runs; the window asks for them several times with each choice."""
    return read(path)


def chapters(known: Iterable[Recipe]) -> dict[str, list[Recipe]]:
    """Recipes under their chapters, both in the order in which they come."""
    found: dict[str, list[Recipe]] = {}
    for recipe in known:
        found.setdefault(recipe.chapter, []).append(recipe)
    return found


def everything() -> dict[str, Recipe]:
    """All recipes by name, the shipped ones in the survey's order first; the person's own replaces a shipped one of the
    same name.

    A file of the person's that is not TOML is left out: `read` says why.
    """
    found: dict[str, Recipe] = {}
    for folder, of in ((resource("recipes"), _shipped), (folders.recipes(), read)):
        here = []
        for path in sorted(folder.glob("*.toml")):
            try:
                here.append(of(path))
            except RunError:
                continue
        found |= {recipe.name: recipe for recipe in sorted(here, key=lambda recipe: (recipe.order, recipe.name))}
    return found


def keep(run: Run, title: str, summary: str = "") -> Recipe:
    """Writes a recipe of the person's own, in the place of an own one of that title, where there is one.

    Raises: RunError for an empty title, that of a recipe that ships with the program, or where there is no place.
    """
    title = " ".join(title.split())
    known = everything().values()
    shipped = {recipe.name for recipe in known if recipe.path.parent != folders.recipes()}
    if not title:
        raise RunError("A recipe needs a title; type at least one letter.")
    if any(title in (recipe.title, str(Text(recipe.title))) for recipe in known if recipe.name in shipped):
        raise RunError("A recipe of the title “{title}” ships with the program; choose another title.", title=title)
    before = next((recipe.path for recipe in known if recipe.title == title), None)
    about = {"summary": summary} if summary else {}
    path = before or _free(re.sub(r"[^\w]+", "-", title.casefold()).strip("-") or "own", shipped)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, tomli_w.dumps(about) + run.model_copy(update={"title": title}).to_toml())
    except OSError as error:
        raise RunError("The recipe {path} cannot be written: {reason}", path=path, reason=reason(error)) from error
    return read(path)


def _free(name: str, shipped: Iterable[str]) -> Path:
    """The first file that is not there and takes no shipped recipe's name."""
    taken = {*shipped, *(path.stem for path in folders.recipes().glob("*.toml"))}
    names = (name[:60] if number == 1 else f"{name[:60]}-{number}" for number in count(1))
    return folders.recipes() / f"{next(one for one in names if one not in taken)}.toml"


def find(name: str) -> Recipe:
    """By name, or by the path of a TOML file. Raises RunError where there is none."""
    known = everything()
    own = folders.recipes() / f"{name}.toml"
    if own.name == f"{name}.toml" and own.is_file():
        return read(own)  # raises where the list leaves it out
    if name in known:
        return known[name]
    if name.endswith(".toml"):
        return read(Path(name))
    raise RunError("There is no recipe or .toml file {name!r}; {near}", name=name, near=near(name, known))
