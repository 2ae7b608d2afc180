"""Exporting: a model file in another form, put in its place once it does what the model does, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from aestudio.core.export.format import PARTS, Exported, Format, subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground import atomic
from aestudio.core.ground.errors import ExportError, not_written, reason
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import Text, say
from aestudio.core.model.model_file import ModelFile


def export(
    file: ModelFile, format: Format, out: Path, *, part: Piece = "autoencoder", report: Report = unheard
) -> Exported:
    """Writes the model beside `out`, compares it with the model, and only then renames it into place.

    Nothing is left where this fails, and what stood at `out` before is as it was. `report` is called between stages.

    Raises: ExportError with a sentence; Cancelled where `report` raises it.
    """
    check(format, part, out, () if file.place is None else (file.place,))
    out = _absolute(out)
    notes = [say("{name} was there before, and has been replaced.", name=out.name)] if os.path.lexists(out) else []
    given = subject(file, part, report)
    try:
        with atomic.workshop(out) as workshop:
            made = workshop / out.name
            if format.content:
                made.mkdir()
            told = format.write(given, made)
            report(say("Putting it in place"), 0.98)
            files = [made / name for name in format.content] or [made]
            size = sum(file.stat().st_size for file in files)
            atomic.put(made, out)
    except OSError as error:
        raise ExportError(not_written(out, error)) from error
    except MemoryError as error:
        raise ExportError("The export needs more memory than there is. Nothing was written.") from error
    written = tuple(out / name for name in format.content) or (out,)
    return Exported(out, written, size, told.parity, (*notes, *told.notes), told.snippets)


def check(format: Format, part: Piece, out: Path, inputs: Iterable[Path] = ()) -> None:
    """Whether a model can be exported so, and be put there, as far as that can be told before the work. None of
    `inputs`, the model files that are read, is replaced.

    Raises: ExportError with a sentence.
    """
    if part not in format.parts:
        raise ExportError(
            "{title} holds the whole {whole}, not the {part} alone; leave the part out, or choose another format.",
            title=Text(format.title),
            whole=PARTS[format.parts[0]],
            part=PARTS[part],
        )
    try:
        _check_place(format, _absolute(out))
        spare(inputs, format, _absolute(out))
    except OSError as error:
        raise ExportError(
            "{out} cannot be used: {reason} Choose another place.", out=out, reason=reason(error)
        ) from error


def _check_place(format: Format, out: Path) -> None:
    if not out.parent.is_dir():
        raise ExportError("There is no folder {parent}; make it first, or choose another place.", parent=out.parent)
    if not format.content:
        if out.is_dir():
            raise ExportError(
                "{out} is a folder; name a file, such as {example}.", out=out, example=out / format.default_name()
            )
        return
    # A folder is replaced where it is empty or an earlier export, and only then.
    if not os.path.lexists(out):
        return
    if out.is_symlink() or not out.is_dir():
        raise ExportError(
            "{out} is not a folder, and {title} needs one of its own; choose another name.",
            out=out,
            title=Text(format.title),
        )
    if out == Path.cwd():
        raise ExportError("{out} is the folder you are in; name a new folder inside it.", out=out)
    found = {path.name for path in out.iterdir()} - {"__pycache__"}
    others = sorted(found - set(format.content))
    if others:
        raise ExportError(
            "The folder {out} holds other files ({other}); choose a new or an empty one.", out=out, other=others[0]
        )
    if found and not format.wrote(out):
        raise ExportError("The folder {out} was not written by AEStudio; choose a new or an empty one.", out=out)


def spare(inputs: Iterable[Path], format: Format, out: Path) -> None:
    """Raises ExportError where one of these files would be replaced, OSError where that cannot be told."""
    written = [path for path in ([out / name for name in format.content] or [out]) if path.exists()]
    for one in inputs:
        if os.path.exists(one) and any(path.samefile(one) for path in written):
            raise ExportError("{path} is a model that is to be exported; choose another place.", path=one)


def _absolute(out: Path) -> Path:
    """With a name and a parent, even for `.`; links are left as they are."""
    return Path(os.path.abspath(out))
