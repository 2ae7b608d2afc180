"""Files that a dependency carries, found without importing it."""

from importlib.util import find_spec
from pathlib import Path

from aestudio.core.ground.errors import DataError


def carried(package: str, inside: str) -> Path:
    """The file at `inside`, relative to an installed package.

    Raises: DataError where the package is not installed, or this version of it has no such file.
    """
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / inside
        if path.is_file():
            return path
    if spec is None:
        raise DataError("{package} is not installed.", package=package)
    raise DataError("The installed {package} has no {inside}.", package=package, inside=inside)
