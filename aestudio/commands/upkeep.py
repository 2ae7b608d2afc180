"""`aestudio runs --check` and `--rebuild`: is the library whole, and if not, made again.

Both open models, which needs torch; `aestudio runs` alone does not.
"""

from __future__ import annotations

from collections.abc import Callable

from aestudio.commands import FAILED, OK
from aestudio.core.ground import folders
from aestudio.core.ground.errors import StudioError
from aestudio.core.ground.texts import plural, say
from aestudio.core.library import locks
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.library.summary import Summary


def check() -> int:
    """Looks at the database and every file of every run; a line for whatever is wrong.

    Returns the exit code: 1 where something is. Raises LibraryError where there is no reading the library.
    """
    from aestudio.core.library import rebuilding

    trouble: list[str] = []
    with Library() as library:
        library.make_sure_it_is_whole(full=True)
        runs = library.runs() + library.runs(trashed=True)
        for one in runs:
            trouble += [say("Run {number}: {problem}", number=one.id, problem=said) for said in _problems(library, one)]
        orphans = rebuilding.orphans(library)
        trouble += [
            say("{path} belongs to no run of the library; --rebuild takes it in.", path=path) for path in orphans
        ]
        if note := locks.network_note(library.folder):
            print(note)
    for said in trouble:
        print(said)
    if not trouble:
        print(plural("{count:,} run: everything is whole.", "{count:,} runs: everything is whole.", len(runs)))
    return FAILED if trouble else OK


def _problems(library: Library, run: Summary) -> list[str]:
    found: list[str] = []
    number, path = run.id, library.files(run.id) / MODEL
    looks: list[Callable[[], object]] = [lambda: library.curves(number), lambda: library.samples(number)]
    if path.exists():
        looks.append(lambda: library.saved(number))
    elif run.state in ("completed", "stopped"):  # the others may have left a checkpoint only
        found.append(say("{name} is missing in {folder}.", name=MODEL, folder=path.parent))
    for look in looks:
        try:
            look()
        except StudioError as error:
            found.append(str(error))
    try:
        newest = library.newest_checkpoint(number)
        found += newest.damaged if newest else ()
    except StudioError as error:
        found.append(str(error))
    return found


def rebuild() -> int:
    """Makes the library again where it is damaged, empty or gone; takes orphans in where it is whole.

    Returns the exit code: 1 where files could not be used.
    """
    from aestudio.core.library import rebuilding

    made = rebuilding.mend(folders.library())
    for said in made.sentences():
        print(said)
    return FAILED if made.lost else OK
