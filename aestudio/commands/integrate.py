"""`aestudio integrate`: AEStudio in the menu of a Linux desktop, and its models opened by a double click."""

import argparse

from rich.console import Console

from aestudio.core.ground import desktop


def integrate(chosen: argparse.Namespace) -> int:
    """Prints what was written, or with --remove what was taken away.

    Raises: StudioError where that is not possible.
    """
    change = desktop.remove() if chosen.remove else desktop.integrate()
    console = Console(soft_wrap=True, markup=False, emoji=False, highlight=False)
    for done, files in (("Wrote", change.written), ("Removed", change.removed)):
        for file in files:
            console.print(f"{done} {file}")
    for note in change.notes:
        console.print(note)
    something = change.written or change.removed
    if chosen.remove:
        console.print("The desktop does not know AEStudio any more." if something else "There was nothing to remove.")
    else:
        said = "AEStudio is in the menu" if something else "Everything is there already"
        if something and not change.notes:
            said += ", and a double click on one of its models opens it"
        console.print(f"{said}. `aestudio integrate --remove` takes it away again.")
    return 0
