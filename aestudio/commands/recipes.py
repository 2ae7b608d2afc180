"""`aestudio recipes`: what can be trained."""

import argparse

from rich.console import Console
from rich.table import Table

from aestudio.core.ground.texts import say
from aestudio.core.run.recipes import everything


def recipes(_chosen: argparse.Namespace) -> int:
    """Prints every recipe's name, title and default data."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("Name"), no_wrap=True)
    table.add_column(say("Title"))
    table.add_column(say("Data"), no_wrap=True)
    for recipe in everything().values():
        table.add_row(recipe.name, say(recipe.title), recipe.data)
    Console(markup=False, emoji=False).print(table)
    return 0
