"""`aestudio export`: a model in another form, compared with the model before it is put in its place."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from aestudio.commands import FAILED, OK, output
from aestudio.commands.numbered import is_number, number
from aestudio.core.export import exporting
from aestudio.core.export.format import Exported, Format
from aestudio.core.export.pieces import PIECES, Piece
from aestudio.core.export.several import Refused, Wanted, export_several, named
from aestudio.core.ground.errors import ExportError, near
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import MODEL, Library
from aestudio.core.model.model_file import ModelFile, load
from aestudio.core.parts.slots import knobs, options


def export(chosen: argparse.Namespace) -> int:
    """Returns the exit code: 0 written, 1 not written, in one sentence.

    Raises: StudioError for bad input, before anything is done.
    """
    format, part, out = _with_settings(_format(chosen.to), chosen), _part(chosen.part), Path(chosen.out)
    if len(chosen.model) > 1:
        return _export_several(chosen, format, part, out)
    _check_ending(format, out)
    exporting.check(format, part, out, _places(chosen.model))
    file = model_file(chosen.model[0])
    console = output.console()
    try:
        with _bar(console, hidden=chosen.json or chosen.quiet) as bar:
            task = bar.add_task(say("Exporting"), total=1.0)

            def report(doing: str, fraction: float | None) -> None:
                bar.update(task, description=doing, completed=fraction)

            exported = exporting.export(file, format, out, part=part, report=report)
    except ExportError as error:
        print(f"aestudio: {error}", file=sys.stderr)
        return FAILED
    if chosen.json:
        print(json.dumps(as_json(exported, format, part), ensure_ascii=False))
    else:
        _tell(console, exported, format, notes=not chosen.quiet, code=not chosen.quiet)
    return OK


def _export_several(chosen: argparse.Namespace, format: Format, part: Piece, folder: Path) -> int:
    """Returns the exit code: 0 all written, 1 where a model was not, a sentence for each."""
    wanted = [
        Wanted(name, partial(model_file, one), place)
        for name, one, place in zip(_names(chosen.model), chosen.model, _places(chosen.model), strict=True)
    ]
    console = output.console()
    with _bar(console, hidden=chosen.json or chosen.quiet) as bar:
        task = bar.add_task(say("Exporting"), total=1.0)

        def report(doing: str, fraction: float | None) -> None:
            bar.update(task, description=doing, completed=fraction)

        done = export_several(wanted, format, folder, part, report)
    for one in done:
        if isinstance(one, Refused):
            print(f"aestudio: {one.name}: {one.problem}", file=sys.stderr)
        elif chosen.json:
            print(json.dumps(as_json(one, format, part), ensure_ascii=False))
        else:
            _tell(console, one, format, notes=not chosen.quiet, code=False)
    return FAILED if any(isinstance(one, Refused) for one in done) else OK


def _name(wanted: str) -> str:
    """What the export of a model is called among others: after its file, or its run."""
    if not _is_run(wanted):
        return Path(wanted).stem
    with Library() as library:
        run = library.summary(number(wanted, library))
    return named(run.id, run.title)


def _names(wanted: Sequence[str]) -> list[str]:
    """What the exports of several are called: files of one name have that of their folder before it."""
    names = [_name(one) for one in wanted]
    times = Counter(name.casefold() for name in names)
    return [
        f"{Path(os.path.abspath(one)).parent.name}-{name}" if times[name.casefold()] > 1 and not _is_run(one) else name
        for name, one in zip(names, wanted, strict=True)
    ]


def _places(wanted: Sequence[str]) -> list[Path]:
    """The files that are read."""
    places = []
    for one in wanted:
        if _is_run(one):
            with Library() as library:
                places.append(library.files(number(one, library)) / MODEL)
        else:
            places.append(Path(one))
    return places


def _is_run(wanted: str) -> bool:
    return is_number(wanted) and not os.path.exists(wanted)  # unlike Path.exists it takes names that are far too long


def model_file(wanted: str) -> ModelFile:
    """The model that the command line names: a file, or a run of the library by its number.

    Raises: ModelFileError or LibraryError where there is none.
    """
    if _is_run(wanted):
        with Library() as library:
            return library.model(number(wanted, library))
    return load(Path(wanted))


def as_json(exported: Exported, format: Format, part: Piece) -> dict[str, object]:
    """What was written, as plain values."""
    return {
        "path": str(exported.path),
        "format": format.kind,
        "part": part,
        "files": [str(file) for file in exported.files],
        "bytes": exported.bytes,
        "parity": exported.parity,
        "notes": list(exported.notes),
        "snippets": [{"language": one.language, "code": one.code} for one in exported.snippets],
    }


def _format(wanted: str) -> Format:
    kinds = options(Format)
    if wanted not in kinds:
        raise ExportError("There is no export format {wanted!r}; {near}", wanted=wanted, near=near(wanted, kinds))
    return kinds[wanted]()


def _with_settings(format: Format, chosen: argparse.Namespace) -> Format:
    """The format with what --opset, --half and --int8 say. Raises ExportError where it has no such settings."""
    wanted: dict[str, object] = {} if chosen.opset is None else {"opset": chosen.opset}
    if chosen.half or chosen.int8:
        wanted["weights"] = "float16" if chosen.half else "int8"
    for name, value in wanted.items():
        if name not in knobs(format):
            raise ExportError("--opset, --half and --int8 are for --to onnx, not for {format}.", format=format.kind)
        about = knobs(format)[name]
        if about.low is not None and about.high is not None and not about.low <= float(str(value)) <= about.high:
            raise ExportError(
                "--opset takes a version from {low:g} to {high:g}, not {value}.",
                low=about.low,
                high=about.high,
                value=value,
            )
    return format.model_copy(update=wanted)


def _check_ending(format: Format, out: Path) -> None:
    """Raises ExportError where the file would be called what it is not; a folder is told from it later."""
    if format.suffix and not os.path.isdir(out) and out.suffix.lower() != format.suffix:
        raise ExportError(
            "{title} is written to a file whose name ends in {suffix}, such as {example}, not to {name}.",
            title=Text(format.title),
            suffix=format.suffix,
            example=format.default_name(),
            name=out.name or str(out),
        )


def _part(wanted: str) -> Piece:
    for part in PIECES:
        if part == wanted:
            return part
    raise ExportError("A model has no part {wanted!r}; {near}", wanted=wanted, near=near(wanted, PIECES))


def _bar(console: Console, *, hidden: bool) -> Progress:
    """It leaves no trace, and is not drawn where nobody sees it."""
    said = TextColumn("{task.description}", markup=False)
    return Progress(said, BarColumn(), console=console, transient=True, disable=hidden or not console.is_terminal)


def _tell(console: Console, exported: Exported, format: Format, *, notes: bool, code: bool) -> None:
    lines = [say("Wrote {file}", file=file) for file in exported.files]
    if exported.parity is None:
        lines.append(say("The weights were read back and are the same to the last bit."))
    else:
        lines.append(
            say(
                "Largest difference from the model on held-out images: {parity:.2g} (at most {limit:.0e} is accepted)",
                parity=exported.parity,
                limit=format.accepted,
            )
        )
    if notes:
        lines += exported.notes
    if code:
        for snippet in exported.snippets:
            lines += ["", f"{snippet.language}:", *(f"    {line}" for line in snippet.code.splitlines())]
    console.print("\n".join(lines), soft_wrap=True)
