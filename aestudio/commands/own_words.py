"""What argparse says by itself, in the language in use."""

from __future__ import annotations

import argparse

from aestudio.core.ground.texts import Text

SAID = {
    text.template: text
    for text in (
        Text("usage: "),
        Text("positional arguments"),
        Text("options"),
        Text("show this help message and exit"),
        Text("show program's version number and exit"),
        Text("argument %(argument_name)s: %(message)s"),
        Text("unrecognized arguments: %s"),
        Text("not allowed with argument %s"),
        Text("ignored explicit argument %r"),
        Text("the following arguments are required: %s"),
        Text("expected one argument"),
        Text("expected at most one argument"),
        Text("expected at least one argument"),
        Text("ambiguous option: %(option)s could match %(matches)s"),
        Text("invalid %(type)s value: %(value)r"),
        Text("invalid choice: %(value)r (choose from %(choices)s)"),
    )
}
"""By its English words, which are those of Python 3.11 and later; others stay as they are."""


def look_up() -> None:
    """From now on argparse asks here for its words; it has no other place where a program could say them."""
    argparse._ = lambda words: str(SAID.get(words, words))  # type: ignore[attr-defined]
