"""Documents that are ready to train, and what they tell."""

from __future__ import annotations

from typing import TypeVar

from aestudio.studio.document import Document
from aestudio.studio.events import Told
from aestudio.studio.status import State
from tests.studio.waiting import until

T = TypeVar("T")


class Heard(list[Told]):
    """All that a document has told."""

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self if isinstance(event, kind)]


def ready(document: Document) -> Heard:
    """With the first recipe and its data."""
    heard = Heard()
    document.listen(heard.append)
    document.choose_recipe("sparse-kl")
    until(lambda: document.status.can_train, document)
    return heard


def rest(document: Document) -> None:
    """Stopped, and all told."""
    document.stop()
    until(lambda: document.status.state is State.READY, document)
