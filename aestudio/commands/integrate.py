"""`aestudio integrate`: AEStudio in the menu of a Linux desktop, and its models opened by a double click."""

import argparse

from aestudio.commands import OK, output
from aestudio.core.ground import desktop
from aestudio.core.ground.texts import Text, say


def integrate(chosen: argparse.Namespace) -> int:
    """Prints what was written, or with --remove what was taken away.

    Raises: StudioError where that is not possible.
    """
    change = desktop.remove() if chosen.remove else desktop.integrate()
    console = output.console(soft_wrap=True)
    for file in change.written:
        console.print(say("Wrote {file}", file=file))
    for file in change.removed:
        console.print(say("Removed {file}", file=file))
    for note in change.notes:
        console.print(note)
    something = change.written or change.removed
    if chosen.remove:
        console.print(
            say("The desktop does not know AEStudio any more.") if something else say("There was nothing to remove.")
        )
    else:
        if not something:
            said = Text("Everything is there already.")
        elif change.notes:
            said = Text("AEStudio is in the menu.")
        else:
            said = Text("AEStudio is in the menu, and a double click on one of its models opens it.")
        console.print(say("{said} `aestudio integrate --remove` takes it away again.", said=said))
    return OK
