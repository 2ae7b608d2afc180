"""What pydantic finds wrong with settings, in words for a person."""

from __future__ import annotations

from math import isnan

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aestudio.core.ground.errors import Stopped, StudioError
from aestudio.core.ground.texts import Text, plural


def sentence(error: ValidationError, *, place: bool = True) -> Stopped:
    """What pydantic found wrong, in words for the person: the first mistake, where it is, with which value, and the
    allowed range. Without `place` it is the end of a sentence that has said where, and with which value.
    """
    found = error.errors(include_url=False)
    refused = {one["loc"][:-1] for one in found}
    # A list whose members are refused has too few of them for pydantic.
    found = [one for one in found if one["type"] != "too_short" or one["loc"] not in refused]
    first = found[0]
    said, value = _complaint(first), first.get("input")
    telling = first["type"] in ("extra_forbidden", "missing", "value_error") or isinstance(
        value, dict | list | BaseModel
    )
    if place and not telling:
        said = Text("{complaint} (it is {value!r})", complaint=said, value=value)
    if (more := len(found) - 1) > 0:
        said = Text("{complaint} (and {count} more)", complaint=said, count=more)
    if place and (where := ".".join(str(part) for part in first["loc"])):
        said = Text("{where}: {complaint}", where=where, complaint=said)
    elif place:
        said = Text("This setting does not fit: {complaint}", complaint=said)
    return Stopped(said)


def _short(number: float) -> float:
    """0 for 0.0, as a person writes it."""
    return int(number) if float(number).is_integer() else number


def _complaint(first: ErrorDetails) -> Text | StudioError:
    about, value = first.get("ctx", {}), first.get("input")
    if isinstance(value, float) and isnan(value):  # it is compared with the bounds first
        return Text("it has to be a finite number")
    match first["type"]:
        case "value_error" if isinstance(about.get("error"), StudioError):
            refused: StudioError = about["error"]
            return refused
        case "extra_forbidden":
            return Text("there is no such setting")
        case "missing":
            return Text("it is missing")
        case "greater_than_equal":
            return Text("it has to be at least {ge}", ge=_short(about["ge"]))
        case "less_than_equal":
            return Text("it has to be at most {le}", le=_short(about["le"]))
        case "finite_number":
            return Text("it has to be a finite number")
        case "int_type" | "int_parsing":
            return Text("it has to be a whole number")
        case "int_from_float":
            return Text("it has to be a whole number")
        case "float_type" | "float_parsing":
            return Text("it has to be a number")
        case "bool_type" | "bool_parsing":
            return Text("it has to be true or false")
        case "string_type":
            return Text("it has to be text")
        case "model_type":
            return Text("it has to be a name or a table of settings")
        case "tuple_type":
            return Text("it has to be a list")
        case "too_short":
            return plural(
                "it should have at least {count} item, not {actual}",
                "it should have at least {count} items, not {actual}",
                about["min_length"],
                actual=about["actual_length"],
            )
        case "literal_error":
            return Text("it has to be {expected}", expected=about["expected"])
    return Text("{said}", said=first["msg"])  # what pydantic says is English
