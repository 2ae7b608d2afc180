"""What lies at a path that a person has named."""

from __future__ import annotations

from pathlib import Path

from aestudio.core.ground.errors import StudioError, reason
from aestudio.core.ground.texts import Text


def is_there(path: Path, kind: type[StudioError] = StudioError) -> bool:
    """Whether anything lies there, at the end of a link too; no file is called by what no system takes for a name.

    Raises: an error of this kind where the system does not tell: a folder on the way may not be entered, the name is
    too long, a drive is gone.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        raise kind(Text("{path} cannot be opened: {reason}", path=path, reason=reason(error))) from error
    return True
