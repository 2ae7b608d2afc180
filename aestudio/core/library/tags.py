"""Tags of runs: words that a person puts on them. Older programs pass by their table."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache

from aestudio.core.ground.errors import LibraryError

LONGEST = 40
"""Letters of a tag."""
TABLE = """CREATE TABLE IF NOT EXISTS tags (
    run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (run, tag)
) WITHOUT ROWID"""
COLUMN = "(SELECT group_concat(tag, ' ') FROM tags WHERE tags.run = runs.id)"
"""What a row of runs tells of its tags, to be read by `of_row`."""


def typed(text: str) -> tuple[str, ...]:
    """The tags in a text, where spaces or commas stand between them: each once, in order, without “#” before them.

    Raises: LibraryError with a sentence for one that is too long or holds what a search could not ask for.
    """
    found = {word.lstrip("#").casefold() for word in re.split(r"[\s,]+", text)} - {""}
    for tag in found:
        if len(tag) > LONGEST:
            raise LibraryError("The tag “{tag}” is too long; {most} letters are the most.", tag=tag, most=LONGEST)
        if re.search(r'[<>=!≤≥≠()"]', tag):
            raise LibraryError("A tag is made of letters, digits, “-”, “_” and “.”, unlike “{tag}”.", tag=tag)
    return tuple(sorted(found))


def line(several: Iterable[str]) -> str:
    """Tags as they are typed."""
    return " ".join(several)


@cache
def of_row(joined: str | None) -> tuple[str, ...]:
    """The tags of a run, from what COLUMN gives."""
    return tuple(sorted(joined.split())) if joined else ()


def write(connection: sqlite3.Connection, tags: Mapping[int, Iterable[str]]) -> None:
    """Gives each of these runs these tags and no others; runs that are gone are passed by."""
    for run, wanted in tags.items():
        connection.execute("DELETE FROM tags WHERE run = ?", (run,))
        connection.executemany(
            "INSERT INTO tags SELECT id, ? FROM runs WHERE id = ?", [(tag, run) for tag in sorted(set(wanted))]
        )
