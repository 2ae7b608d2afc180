"""Sentences about a document: how its run is computed, what is still shown, what became of a wish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aestudio.core.ground.errors import RunError
from aestudio.core.ground.texts import Text, listed, plural, say
from aestudio.core.run import recipes
from aestudio.core.run.budget import RATE, weights

if TYPE_CHECKING:
    from aestudio.studio.document import Document


def is_complete(document: Document) -> bool:
    """Whether the run that is shown has taken all of its steps."""
    dataset, newest = document.dataset, document.shown.newest
    if dataset is None or newest is None:
        return False
    try:
        return newest.step >= document.run.plan(dataset.shape, len(dataset.train)).steps
    except RunError:
        return False


def notes(document: Document) -> tuple[str, ...]:
    """How the parts will be computed, and whether what is shown was made with other settings."""
    if document.dataset is None:
        return ()
    said: tuple[str, ...] = ()
    preview = document.preview
    older = document.shown.moment is not None
    if preview is not None and not older and not document.status.running and preview.run != document.run:
        title = Text(preview.run.title)
        said = (say("Still showing the model trained as “{title}”: press Train for these settings", title=title),)
    try:
        return (*document.run.notes(document.dataset.shape), *said)
    except RunError:
        return said


def fitted_settings(document: Document) -> str:
    """That epochs and weights are not the recipe's but fitted to the images; empty where they are not."""
    run, recipe, fitted = document.run, document.settings.origin, document.settings.fitted
    said: list[str | Text] = []
    if run.epochs != recipe.epochs and fitted.get("epochs") == run.epochs:
        said.append(
            Text(
                "{epochs:,} epochs instead of {recipe:,}: about as many steps as the recipe takes with its own images.",
                epochs=run.epochs,
                recipe=recipe.epochs,
            )
        )
    before = weights(recipe)
    for one in run.penalties:
        path = f"{one.kind}.weight"
        if one.weight != before.get(path) and fitted.get(path) == one.weight:
            said.append(
                Text(
                    "λ of {penalty} is {weight:.3g} instead of {recipe:.3g}: the loss adds the errors of all pixels, "
                    "and these images have another number of them.",
                    penalty=Text(one.title),
                    weight=one.weight,
                    recipe=before[path],
                )
            )
    rate, own = run.optimiser.learning_rate, recipe.optimiser.learning_rate
    if rate != own and fitted.get(RATE) == rate:
        said.append(
            Text(
                "The learning rate is {rate:.2g} instead of {recipe:.2g}: these images have more and brighter pixels, "
                "and each step changes the units by all of them.",
                rate=rate,
                recipe=own,
            )
        )
    return str(listed(said, Text(" "))) if said else ""


def trained_on(document: Document) -> str:
    """What is trained on, where the recipe's text speaks of other images; else empty."""
    dataset, run = document.dataset, document.run
    own = next((recipe.run() for recipe in recipes.everything().values() if recipe.title == run.title), run)
    if dataset is None or run.data.kind == own.data.kind:
        return ""
    said = say("This recipe was written for other images. Here it is trained on {name}.", name=Text(dataset.name))
    return str(listed([said, dataset.made], Text(" "))) if dataset.made else said


def not_resampled(document: Document) -> str:
    """Why hidden units cannot be drawn anew now; empty where they can."""
    if not document.status.can_pause:
        return say("Units get new random weights only while a training runs; press Train or Continue first.")
    if document.shown.moment is not None:
        return say("An older moment is shown; go back to the newest one before you give units new weights.")
    return ""


def resampled(units: Sequence[int]) -> str:
    """That hidden units were drawn anew."""
    said = plural(
        "Gave unit {unit} new weights; the optimiser starts again for it.",
        "Gave {count} units new weights; the optimiser begins with them from zero.",
        len(units),
        unit=units[0] if units else "",
    )
    return str(said)
