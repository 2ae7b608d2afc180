"""Values of settings as a person types them: on the command line, and where one searches for what to do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_origin

from aestudio.core.ground import bounded_toml
from aestudio.core.ground.errors import RunError
from aestudio.core.run.run import Run


def typed(text: str, run: Run, path: str) -> Any:
    """As TOML reads it; `256,64` is a list, and so is `256` where the setting is one; a bare word is itself."""
    value: Any = text
    for candidate in (text, f"[{text}]" if "," in text else text):
        try:
            value = bounded_toml.loads(f"value = {candidate}")["value"]
            break
        except ValueError:
            continue
    with suppress(RunError):  # a setting that is not there yet: with_value has the sentence
        if get_origin(run.knob(path).type) is tuple and not isinstance(value, list):
            return [value]
    return value
