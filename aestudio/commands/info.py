"""`aestudio info`: versions, device and folders, for the person and for bug reports."""

import argparse
import platform
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table

from aestudio import __version__
from aestudio.core.ground import compute, folders
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import say

PACKAGES = (
    "torch",
    "torchvision",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "scikit-learn",
    "scikit-image",
    "Pillow",
)


def info(_chosen: argparse.Namespace) -> int:
    """Prints them as a table."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("AEStudio", __version__)
    table.add_row(
        "Python",
        say("{version} on {system}", version=platform.python_version(), system=platform.platform()),
    )
    for package in PACKAGES:
        try:
            table.add_row(package, version(package))
        except PackageNotFoundError:
            table.add_row(package, say("not installed"))
    table.add_row(say("Device"), compute.choose().description)
    table.add_row(say("Cores"), str(compute.cores()))
    table.add_row(say("Resources"), str(resource()))
    table.add_row(say("Your recipes"), str(folders.recipes()))
    table.add_row(say("Data sets"), str(folders.datasets()))
    table.add_row(say("Run library"), str(folders.library()))
    Console(soft_wrap=True, markup=False, emoji=False).print(table)
    return 0
