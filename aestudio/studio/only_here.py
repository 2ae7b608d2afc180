"""A model that no place took: it is in memory only, and whether something else may take its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aestudio.core.ground.texts import Text, say
from aestudio.studio.notice import Failed

if TYPE_CHECKING:
    from aestudio.studio.document import Document

MayReplace = Callable[["Document"], bool]
"""Whether something else may take the place of the model of this document, which is in no file."""


def only_here(document: Document) -> str:
    """That the model of this document is in no file."""
    assert document.kept.unkept is not None
    title = Text(document.kept.unkept.run.title)
    return say("The model “{title}” could not be written anywhere and is in memory only.", title=title)


def refuse(document: Document) -> bool:
    """Where there is nobody to ask, nothing takes the place of a model that is in no file."""
    said = say("{what} Save it first.", what=only_here(document))
    document.tell(Failed(said))
    return False
