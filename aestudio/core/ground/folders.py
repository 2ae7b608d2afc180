"""The person's own folders, where the platform wants them."""

import os
import tempfile
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path, user_state_path

NAME = "aestudio"


def recipes() -> Path:
    """The person's own recipes."""
    return user_config_path(NAME, appauthor=False) / "recipes"


def settings() -> Path:
    """Where the window keeps its size and the chosen theme."""
    return user_config_path(NAME, appauthor=False) / "window.ini"


def datasets() -> Path:
    """Downloaded data sets; AESTUDIO_DATA names another folder."""
    chosen = os.environ.get("AESTUDIO_DATA")
    return Path(chosen) if chosen else user_cache_path(NAME, appauthor=False) / "datasets"


def images() -> Path:
    """Images that were made of the person's folders; they can be made again."""
    return user_cache_path(NAME, appauthor=False) / "images"


def rescued() -> tuple[Path, Path]:
    """Where a model goes that its own place did not take: the first that will have it."""
    return user_data_path(NAME, appauthor=False) / "rescued", Path(tempfile.gettempdir())


def library() -> Path:
    """The run library; AESTUDIO_LIBRARY names another folder."""
    chosen = os.environ.get("AESTUDIO_LIBRARY")
    return Path(chosen) if chosen else user_data_path(NAME, appauthor=False) / "library"


def log() -> Path:
    """What the program writes down of itself, for reports of mistakes."""
    return user_state_path(NAME, appauthor=False) / "aestudio.log"


def usual() -> tuple[Path, ...]:
    """Where all of that lies unless a variable names another folder."""
    ways = (user_data_path, user_cache_path, user_config_path, user_state_path)
    return tuple(way(NAME, appauthor=False) for way in ways)
