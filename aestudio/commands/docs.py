"""`aestudio docs`: the pages of help as HTML for a browser."""

import argparse
from pathlib import Path

from aestudio.commands import OK
from aestudio.core.ground.texts import say
from aestudio.studio import help_site


def docs(chosen: argparse.Namespace) -> int:
    """Writes them and prints where they begin. Raises StudioError where they cannot be written."""
    start = help_site.write(Path(chosen.out))
    print(say("Wrote {file}", file=start))
    return OK
