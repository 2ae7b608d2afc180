"""`aestudio recipes`: what can be trained."""

import argparse

from rich.console import Console
from rich.table import Table

from aestudio.core.run.recipes import everything


def recipes(_chosen: argparse.Namespace) -> int:
    """Prints every recipe's name, title and default data."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Name", "Title", "Data"):
        table.add_column(heading, no_wrap=heading != "Title")
    for recipe in everything().values():
        table.add_row(recipe.name, recipe.title, recipe.data)
    Console(markup=False, emoji=False).print(table)
    return 0
