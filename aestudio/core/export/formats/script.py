"""A folder with the weights and one Python file of plain torch."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import ClassVar

from safetensors.torch import save

from aestudio import __version__
from aestudio.core.export import plain_torch, run_script, snippets, words
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground import texts
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import plural, say

MARK = "Written by AEStudio"
"""By which a script is known as one of ours."""
SCRIPT, WEIGHTS, README = "autoencoder.py", "weights.safetensors", "README.md"


class Script(Format):
    """A folder with a short Python file that loads, encodes, decodes and denoises images without AEStudio."""

    kind: ClassVar[str] = "script"
    title: ClassVar[str] = "Python script"
    about: ClassVar[str] = (
        "A folder with a short Python file that loads, encodes, decodes and denoises images without AEStudio."
    )
    source: ClassVar[str] = "PyTorch, torch.nn, https://docs.pytorch.org/docs/stable/nn.html"
    rank: ClassVar[int] = 3
    parts: ClassVar[tuple[Piece, ...]] = ("autoencoder",)
    content: ClassVar[tuple[str, ...]] = (SCRIPT, WEIGHTS, README)

    def write(self, subject: Subject, made: Path) -> Outcome:
        subject.report(say("Writing the script"), 0.1)
        values = _values(subject)
        (made / SCRIPT).write_text(_script(values), encoding="utf-8")
        (made / README).write_text(_readme(values, subject), encoding="utf-8")
        (made / WEIGHTS).write_bytes(
            save(plain_torch.weights(subject.model), metadata={"run": subject.file.run.to_json()})
        )
        subject.report(say("Running the script"), 0.3)
        parity = run_script.largest_difference(subject, made)
        return Outcome(parity, _notes(subject), snippets.for_script(free=subject.sizes.free))

    def wrote(self, folder: Path) -> bool:
        try:
            return MARK in (folder / SCRIPT).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return False


def _values(subject: Subject) -> dict[str, str]:
    """What every template may ask for, as plain text."""
    model, run, sizes = subject.model, subject.file.run, subject.sizes
    channels, height, width = model.shape
    if channels not in (1, 3):
        raise ExportError(
            "A script reads and writes image files, which have 1 or 3 channels; the images of this model have "
            "{channels}. Export it as ONNX or .pt2.",
            channels=channels,
        )
    grey, free, code = channels == 1, sizes.free, model.code_shape
    images = _images(height, width, grey=grey, free=free)
    axes = ("height", "width", f"height//{sizes.step}", f"width//{sizes.step}") if free else (height, width, *code[1:])
    return {
        "title": words.printable(say(run.title)),
        "version": __version__,
        "images": images,
        "line": say("An autoencoder of {images}.", images=images),
        "codes": str(
            plural("{count} feature map", "{count} feature maps", code[0])
            if len(code) > 1
            else plural("{count} number", "{count:,} numbers", code[0])
        ),
        "image_shape": f"[N, {channels}, {axes[0]}, {axes[1]}]",
        "code_shape": f"[{', '.join(map(str, ('N', code[0], *axes[2:])))}]",
        "height": str(height),
        "width": str(width),
        "imports": "denoise, load, padded, read_image, write_image" if free else "load, read_image, write_image",
        "denoised": "denoise(model, image)" if free else "model(image)",
        "encodable": "padded(image)" if free else "image",
        "helpers": plain_torch.helpers(model),
        "layers": plain_torch.layers(model),
        "told": "".join(f", {one.name}: float | Tensor = {one.default:g}" for one in run.network.given),
        "telling": "".join(f", {one.name}" for one in run.network.given),
        "encode": plain_torch.encoding(model),
        "decode": plain_torch.decoding(model),
        "mode": "L" if grey else "RGB",
        "resize": "" if free else _template("script-resize.py.txt", {}),
        "batched": "pixels[None, None]" if grey else "pixels.permute(2, 0, 1)[None]",
        "unbatched": "pixels[0]" if grey else "pixels.permute(1, 2, 0)",
        "padding": _template("script-padding.py.txt", {"step": str(sizes.step)}) if free else "",
        "notes": "\n".join(wrap(" ".join(_notes(subject)), plain_torch.WIDTH)),
        "objective": "\n".join(_terms(subject, plain_torch.WIDTH)),
        "settings": _columns([(group.label, group.text) for group in words.groups(run)]),
        "scores": _columns([(one.label, one.text) for one in words.scores(subject.file.scores)]),
    }


def _images(height: int, width: int, *, grey: bool, free: bool) -> str:
    if free:
        return say("grey images of any size" if grey else "colour images of any size")
    return say(
        "grey images of {height}×{width} pixels" if grey else "colour images of {height}×{width} pixels",
        height=height,
        width=width,
    )


def _notes(subject: Subject) -> tuple[str, ...]:
    """What the script itself does about sizes, and what holds for every format."""
    _, *others = subject.notes()
    height, width = subject.model.shape[1:]
    size = say(
        "Images may have any size: they are padded to one that the network takes, and cropped back."
        if subject.sizes.free
        else "An image of another size is resized to {height}×{width} pixels, and so is what comes out.",
        height=height,
        width=width,
    )
    return size, *others


def _script(values: Mapping[str, str]) -> str:
    about = _template("script-about.txt", values).rstrip() + "\n"
    # Nothing in it may end the docstring or begin an escape.
    about = about.replace("\\", "\\\\").replace('"""', "'''")
    return _template("script.py.txt", {**values, "about": about})


def _readme(values: Mapping[str, str], subject: Subject) -> str:
    settings = [
        (": ".join(filter(None, (group.label, one.label))), one.text)
        for group in words.groups(subject.file.run)
        for one in (*([words.Setting("", group.title)] if group.title else []), *group.settings)
    ]
    tables = {
        "title": _cell(values["title"]),
        "notes": " ".join(_notes(subject)),
        "objective": "\n".join(_terms(subject, 10_000)),
        "settings": _rows(settings),
        "scores": _rows([(one.label, one.text) for one in words.scores(subject.file.scores)]),
    }
    return _template("script-readme.md.txt", {**values, **tables})


def _terms(subject: Subject, width: int) -> list[str]:
    """What training minimised, a paragraph for each term."""
    terms = words.objective(subject.file.run)
    return [line for term in terms for line in wrap(f"- {term}", width, subsequent_indent="  ")]


def _columns(pairs: list[tuple[str, str]]) -> str:
    """Two columns of text; the second one is wrapped."""
    wide = max((len(name) for name, _ in pairs), default=0) + 6
    return "\n".join(
        line
        for name, said in pairs
        for line in wrap(
            said, plain_torch.WIDTH, initial_indent=f"    {name}".ljust(wide), subsequent_indent=" " * wide
        )
    )


def _rows(pairs: list[tuple[str, str]]) -> str:
    return "\n".join(f"| {_cell(name)} | {_cell(said)} |" for name, said in pairs)


def _cell(text: str) -> str:
    """Text in a table of a Markdown file: no markup in it, and no other cell."""
    return html.escape(text, quote=False).translate({ord(c): f"\\{c}" for c in "\\|`*_[]#"})


def _template(name: str, values: Mapping[str, str]) -> str:
    return Template(texts.page(resource("export", name)).read_text(encoding="utf-8")).substitute(values)
