"""torch's compiler, which takes a second to import and which nothing here uses.

torch hides from it what it cannot compile, an optimiser's bookkeeping for one, and imports it for that at the first
call. What says that it has been hidden already is called as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch

Function = TypeVar("Function", bound=Callable[..., Any])


def hidden(function: Function) -> Function:
    """Says so of a function; only for what is never compiled."""
    vars(function)["__dynamo_disable"] = function
    return function


def hide_optimisers() -> None:
    """The same of all that torch's optimisers do besides their steps."""
    for one in vars(torch.optim.Optimizer).values():
        if callable(function := getattr(one, "__wrapped__", None)):
            hidden(function)
