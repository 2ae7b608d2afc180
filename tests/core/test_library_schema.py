"""The library's database: made where there is none, brought up to date where it is older, refused in words else."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aestudio.core.ground.errors import LibraryError
from aestudio.core.library import schema
from aestudio.core.library.catalogue import Library
from aestudio.core.run.events import Warned
from tests.core.trainings import RUN, keep, last

SECOND = (
    "ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'",
    "CREATE TABLE moods (name TEXT PRIMARY KEY)",
)
THIRD = ("UPDATE runs SET mood = 'merry' WHERE mood = 'calm'",)
TODAY = schema.MIGRATIONS
ONE_EPOCH = RUN.with_value("epochs", 1)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of today with one run."""
    keep(tmp_path / "library", ONE_EPOCH)
    return tmp_path / "library"


def refusal(folder: Path) -> str:
    """What opening says; every refusal is a sentence, with advice perhaps."""
    with pytest.raises(LibraryError) as caught:
        Library(folder)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    assert str(folder) in said
    return said


def moods(folder: Path) -> list[str]:
    with Library(folder) as library:
        return [row["mood"] for row in library.connection.execute("SELECT mood FROM runs ORDER BY id")]


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Does all of it at the same time, in threads as other programs would; what was raised."""
    raised: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


# -- a new one ---------------------------------------------------------------------------------------------------------


def test_a_library_is_made_where_there_is_none_and_opens_again(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "below"
    with Library(folder) as library:
        assert library.runs() == []
        assert schema.version(library.connection) == len(schema.MIGRATIONS)
        assert library.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        library.close()
    with Library(folder) as library:
        assert library.last() is None
    assert not list(folder.glob("*version*"))


def test_an_empty_file_is_an_empty_library(tmp_path: Path) -> None:
    (tmp_path / schema.FILE).touch()
    with Library(tmp_path) as library:
        assert library.runs() == []


def test_programs_that_make_it_at_the_same_time_do_not_get_in_each_other_s_way(tmp_path: Path) -> None:
    for number in range(10):
        assert at_once(*[lambda number=number: Library(tmp_path / str(number)).close() for _ in range(8)]) == []


def test_one_that_another_program_is_just_making_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself does not wait where the way of writing is set, but says at once that the database is locked."""
    honest = sqlite3.connect
    with closing(honest(tmp_path / schema.FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        waited: list[float] = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            other.execute("COMMIT")

        monkeypatch.setattr("aestudio.core.library.schema.time.sleep", wait)
        monkeypatch.setattr(sqlite3, "connect", lambda path, **how: honest(path, **(how | {"timeout": 0})))
        with Library(tmp_path) as library:
            assert library.runs() == []
        assert len(waited) == 1
        monkeypatch.setattr(schema, "SECONDS_TO_WAIT", -1)
        monkeypatch.setattr(schema, "FILE", "another.sqlite")
        with closing(honest(tmp_path / schema.FILE, isolation_level=None)) as third:
            third.execute("BEGIN EXCLUSIVE")
            assert "holds the run library in " in refusal(tmp_path)


# -- an older one ------------------------------------------------------------------------------------------------------


def test_an_older_library_is_brought_up_to_date_and_a_copy_of_it_stays(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(old) as library:
        before = (library.runs(), library.run(1), library.curves(1).terms.tobytes())
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, SECOND, THIRD))
    with Library(old) as library:
        assert schema.version(library.connection) == len(TODAY) + 2
        assert (library.runs(), library.run(1), library.curves(1).terms.tobytes()) == before
    assert moods(old) == ["merry"]
    assert [path.name for path in old.glob("*version*")] == [f"library.version-{len(TODAY)}.sqlite"]
    with closing(sqlite3.connect(old / f"library.version-{len(TODAY)}.sqlite")) as copy:
        assert schema.version(copy) == len(TODAY)
        copy.row_factory = sqlite3.Row
        assert "mood" not in copy.execute("SELECT * FROM runs").fetchone().keys()  # noqa: SIM118 - a row is no mapping
    assert last(keep(old, ONE_EPOCH)).reason == "completed"
    assert moods(old) == ["merry", "calm"]


def test_the_copy_is_a_library_that_the_older_program_opens(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, SECOND))
    Library(old).close()
    monkeypatch.undo()
    assert f"was written by a newer AEStudio (version {len(TODAY) + 1}); update AEStudio." in refusal(old)
    os.replace(old / f"library.version-{len(TODAY)}.sqlite", old / schema.FILE)
    for left in old.glob("library.sqlite-*"):
        left.unlink()
    with Library(old) as library:
        assert library.model(1).run == ONE_EPOCH


def test_a_newer_library_is_refused_in_words_and_left_alone(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, SECOND))
    Library(old).close()
    monkeypatch.setattr(schema, "MIGRATIONS", TODAY)
    content = (old / schema.FILE).read_bytes()
    assert refusal(old) == (
        f"The run library {old / schema.FILE} was written by a newer AEStudio (version {len(TODAY) + 1}); "
        "update AEStudio."
    )
    events = keep(old, ONE_EPOCH)
    assert last(events).weights
    assert "update AEStudio. This run is not kept." in next(e for e in events if isinstance(e, Warned)).sentence
    assert (old / schema.FILE).read_bytes() == content


def test_programs_that_bring_it_up_to_date_at_the_same_time_do_it_once_and_keep_the_older_one(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have seen the old version before one of them writes the new one."""
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, SECOND, THIRD))
    programs = 4
    honest, together, seen = schema.version, threading.Barrier(programs), threading.local()

    def version(connection: sqlite3.Connection) -> int:
        found = honest(connection)
        seen.times = getattr(seen, "times", 0) + 1
        if seen.times == 2:  # newer? no; older? yes
            together.wait()
        return found

    monkeypatch.setattr(schema, "version", version)
    assert at_once(*[lambda: Library(old).close()] * programs) == []
    monkeypatch.setattr(schema, "version", honest)
    assert moods(old) == ["merry"]
    assert [path.name for path in old.glob("*version*")] == [f"library.version-{len(TODAY)}.sqlite"]
    with closing(sqlite3.connect(old / f"library.version-{len(TODAY)}.sqlite")) as copy:
        assert schema.version(copy) == len(TODAY)


def test_one_that_cannot_be_brought_up_to_date_stays_as_it_is(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, (*SECOND, "ALTER TABLE nowhere ADD COLUMN no TEXT")))
    assert "cannot be used: no such table: nowhere." in refusal(old)
    monkeypatch.undo()
    with Library(old) as library:
        assert schema.version(library.connection) == len(TODAY)
        assert library.model(1).run == ONE_EPOCH


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_without_room_for_the_copy_the_library_is_not_touched(
    number: int, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*TODAY, SECOND))

    def broken(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr("aestudio.core.library.schema.os.replace", broken)
        assert f"cannot be used: {os.strerror(number)}." in refusal(old)
    assert not [path for path in old.iterdir() if "version" in path.name or path.suffix == ".part"]
    monkeypatch.undo()
    with Library(old) as library:
        assert schema.version(library.connection) == len(TODAY)


# -- none at all -------------------------------------------------------------------------------------------------------


def cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "text": lambda _: b"This is no database.\n" * 100,
    "zeros": lambda content: b"\0" * len(content),
    "the beginning of one": lambda content: content[:60],
    "another header": lambda content: b"X" + content[1:],
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_that_is_no_database_is_refused_with_advice_and_training_goes_on(how: str, old: Path) -> None:
    file = old / schema.FILE
    content = BROKEN[how](file.read_bytes())
    file.write_bytes(content)
    for left in old.glob("library.sqlite-*"):
        left.unlink()
    said = refusal(old)
    assert said.startswith(f"The run library {file} cannot be used: ")
    assert said.endswith(". `aestudio runs --rebuild` makes it again from its last copy and the models beside it.")
    events = keep(old, ONE_EPOCH)
    assert last(events).weights
    assert [event.sentence for event in events if isinstance(event, Warned)] == [f"{said} This run is not kept."]
    assert file.read_bytes() == content


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_a_database_that_is_cut_short_never_raises_anything_but_a_sentence(share: float, old: Path) -> None:
    """Whatever is still readable of it."""
    file = old / schema.FILE
    file.write_bytes(cut(file.read_bytes(), share))
    for left in old.glob("library.sqlite-*"):
        left.unlink()
    questions: list[Callable[[Library], Any]] = [
        Library.runs,
        Library.last,
        Library.interrupted,
        Library.checkpoint_bytes,
        lambda library: library.curves(1),
        lambda library: library.thumbnail(1),
        lambda library: library.samples(1),
        lambda library: library.rename(1, "Another"),
        lambda library: library.make_room(),
    ]
    said: list[str] = []
    for question in questions:
        try:
            with Library(old) as library:
                question(library)
        except LibraryError as error:
            said.append(str(error))
    assert all(one.endswith(".") and "\n" not in one for one in said)
    assert last(keep(old, ONE_EPOCH)).weights


def test_a_folder_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("mine")
    assert "library.sqlite cannot be opened: File exists." in refusal(tmp_path / "library")
    assert "library.sqlite cannot be opened: Not a directory." in refusal(tmp_path / "library" / "below")
    events = keep(tmp_path / "library", ONE_EPOCH)
    assert last(events).weights
    assert [type(event) for event in events[:2]] == [type(events[0]), Warned]
    assert (tmp_path / "library").read_text() == "mine"


def test_a_database_that_is_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / schema.FILE).mkdir()
    assert "cannot be" in refusal(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_in_words(old: Path) -> None:
    old.chmod(0o500)
    try:
        assert "cannot be" in refusal(old)
    finally:
        old.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so the refusal is made up."""

    def denied(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", denied)
    assert "cannot be opened: Read-only file system." in refusal(tmp_path / "library")


def test_a_database_that_is_only_for_reading_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a medium that is: SQLite is told so, since root may write anywhere."""
    keep(tmp_path / "library", ONE_EPOCH)
    honest = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, **options: honest(f"file:{path}?mode=ro", uri=True, **options))
    with Library(tmp_path / "library") as library:
        assert [one.id for one in library.runs()] == [1]  # it can be read
        with pytest.raises(LibraryError, match=r"failed: attempt to write a readonly database\."):
            library.rename(1, "Another")
    events = keep(tmp_path / "library", ONE_EPOCH)
    assert "The model is in " in last(events).error  # another place
    (said,) = [event.sentence for event in events if isinstance(event, Warned)]
    assert said.endswith("failed: attempt to write a readonly database. This run is not kept.")
    assert len(list((tmp_path / "library" / "runs").iterdir())) == 1  # nothing is left of it
