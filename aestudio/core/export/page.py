"""The model card's content. Everything that comes from the model file is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from math import prod
from string import Template

import numpy as np

from aestudio import __version__
from aestudio.core.export import mosaic, plots, snippets, words
from aestudio.core.export.format import LIMIT, PART_TITLES, Snippet, Subject
from aestudio.core.export.mathml import mathml
from aestudio.core.export.pieces import Piece
from aestudio.core.ground import texts
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, listed, plural, say
from aestudio.core.model.model_file import KEPT_EPOCH
from aestudio.core.parts.plan import phase_title
from aestudio.core.probes.activations import sparsity, statistics
from aestudio.core.probes.measure import title
from aestudio.core.run import equation
from aestudio.core.run.history import Curves

LOAD = """\
from pathlib import Path
from aestudio.core.model.model_file import load
model = load(Path("model.safetensors")).model()
# images: a torch tensor [batch, channels, height, width] in [0, 1]
code = model.encode(images)
reconstruction = model.decode(code)"""


def page(subject: Subject, parity: Mapping[Piece, float]) -> str:
    """The whole page; `parity` is the largest difference of an ONNX export, part by part."""
    file, run = subject.file, subject.file.run
    channels, height, width = file.shape
    weights = sum(weight.numel() for weight in subject.module.state_dict().values())
    return Template(texts.page(resource("export", "card.html")).read_text(encoding="utf-8")).substitute(
        style=resource("export", "card.css").read_text(encoding="utf-8"),
        title=_text(say(run.title)),
        what=say(
            "points of the plane as {numbers:,} numbers · {weights:,} weights"
            if prod(file.shape) == 2
            else "{height}×{width} grey images as {numbers:,} numbers · {weights:,} weights"
            if channels == 1
            else "{height}×{width} colour images as {numbers:,} numbers · {weights:,} weights",
            height=height,
            width=width,
            numbers=prod(subject.model.code_shape),
            weights=weights,
        ),
        explanation=f'<p class="lead">{_text(say(run.explanation.strip()))}</p>' if run.explanation.strip() else "",
        citation=f'<p class="source">{_text(run.citation)}</p>' if run.citation.strip() else "",
        pictures=_pictures(subject),
        scores=_scores(file.scores),
        objective=mathml(equation.objective(run)),
        reconstruction="".join(mathml(one) for one in equation.reconstruction(run).split(equation.BETWEEN)),
        terms="".join(f"<li>{_text(term)}</li>" for term in words.objective(run)),
        settings="".join(_group(group) for group in words.groups(run)),
        curves=_curves(file.curves) or _none(),
        activations=_activations(subject),
        parity=_rows((str(PART_TITLES[part]), f"{found:.2g}") for part, found in parity.items()),
        limit=f"{LIMIT:.0e}",
        notes="".join(f"<li>{_text(note)}</li>" for note in subject.notes()),
        load="".join(_snippet(one, "onnxruntime") for one in snippets.for_onnx("model.onnx", subject)),
        own=_snippet(Snippet("Python", LOAD), "AEStudio"),
        facts=_rows((_fact(name), said) for name, said in file.facts.items()) or "",
        version=__version__,
    )


def _pictures(subject: Subject) -> str:
    """Original, corrupted where there is a corruption, and reconstructed: the rows of one picture."""
    run, images = subject.file.run, subject.images[: mosaic.MOST]
    corrupted, _, reconstructed = subject.model.try_on(images, run.seed)
    rows = [(say("Original"), images), (say("Reconstructed"), reconstructed)]
    if not run.corruption.neutral:
        rows.insert(1, (say(run.corruption.title), corrupted))
    names = "".join(f"<span>{_text(name)}</span>" for name, _ in rows)
    alt = str(
        plural(
            "{count} held-out image: {rows}",
            "{count} held-out images: {rows}",
            len(images),
            rows=listed(name for name, _ in rows),
        )
    )
    caption = say("Held-out images, which the model was not trained on.")
    return (
        f'<figure class="mosaic"><div>{names}</div><img alt="{_text(alt)}" '
        f'src="{mosaic.png([images for _, images in rows])}"><figcaption>{_text(caption)}</figcaption></figure>'
    )


def _none() -> str:
    return f'<p class="none">{_text(say("The model file carries none."))}</p>'


def _scores(measured: Mapping[str, float]) -> str:
    tiles = "".join(
        f"<div><dt>{_text(one.label)}</dt><dd>{_text(one.value)}<small>{_text(one.unit)}</small></dd></div>"
        for one in words.scores(measured)
    )
    return f'<dl class="tiles">{tiles}</dl>' if tiles else _none()


def _group(group: words.Group) -> str:
    rows = "".join(
        f"<tr><th>{_text(one.label)}</th><td>{_text(one.value)} <small>{_text(one.unit)}</small></td></tr>"
        for one in group.settings
    )
    return f"<table><caption>{_text(group.label)} <small>{_text(group.title)}</small></caption>{rows}</table>"


def _curves(curves: Curves) -> str:
    """The objective and its terms while training, and the PSNR of the held-out images."""
    several = len(curves.names) > 1
    series = [plots.PlotSeries(say("objective"), curves.steps, curves.objective)] if len(curves.steps) else []
    if several:
        series += [plots.PlotSeries(name, curves.steps, curves.weighted[:, i]) for i, name in enumerate(curves.names)]
    scored = curves.held_out()
    steps = np.array([one.step for one in scored])
    series.append(
        plots.PlotSeries(say("objective, held out"), steps, np.array([one.objective for one in scored]), dashed=True)
    )
    marks = [
        plots.Mark(float(step), str(phase_title(name)), dashed=True)
        for step, name in curves.phases
        if len(curves.phases) > 1
    ]
    loss = plots.lines(series, x=say("step"), y=say("weighted terms"), label=say("Loss curves"), marks=marks)
    quality = [
        plots.PlotSeries(str(title(name)), steps, np.array([one.scores.get(name, np.nan) for one in scored]), dashed)
        for name, dashed in (("psnr", False), ("psnr_corrupted", True))
    ]
    if scored and len({one.scores.get("psnr_corrupted") for one in scored} - {None, np.inf}) == 0:
        quality = quality[:1]
    psnr = plots.lines(quality, x=say("step"), y=say("PSNR in dB"), label=say("PSNR of held-out images"))
    return "".join(f"<figure>{one}</figure>" for one in (loss, psnr) if one)


def _activations(subject: Subject) -> str:
    codes = subject.model.encode(subject.images).numpy()
    model, run = subject.model, subject.file.run
    units = statistics(codes, sparsity(model.module, run, model.depth))
    marks = [plots.Mark(units.mean, say("mean {mean:.3g}", mean=units.mean))]
    targets = [penalty.target_activation for penalty in run.penalties]
    marks += [
        plots.Mark(target, say("target ρ̂ {target:g}", target=target), dashed=True)
        for target in targets
        if target is not None
    ]
    drawn = plots.histogram(
        codes, x=say("activation"), y=say("how often"), label=say("Histogram of the code's activations"), marks=marks
    )
    told = [
        plural(
            "On {count} held-out image {dead} of {units:,} units are dead",
            "On {count} held-out images {dead} of {units:,} units are dead",
            len(codes),
            dead=units.dead,
            units=units.units,
        )
    ]
    if units.l0 is not None:
        told.append(Text("{active} are active for an image", active=words.number(units.l0)))
    if units.sparseness is not None:
        told.append(Text("lifetime sparseness {sparseness:.2f}", sparseness=units.sparseness))
    said = str(listed(told, Text("; ")))
    return f"<figure>{drawn}<figcaption>{_text(said)}</figcaption></figure>"


def _snippet(snippet: Snippet, library: str) -> str:
    return (
        f"<section class=snippet><h3>{_text(snippet.language)} <small>{_text(library)}</small></h3>"
        f"<pre><code>{escape(snippet.code)}</code></pre></section>"
    )


FACTS: dict[str, Text] = {
    "trained on": Text("Trained on"),
    "data": Text("Data"),
    "images": Text("Images"),
    "data fingerprint": Text("Data fingerprint"),
    "steps": Text("Steps"),
    KEPT_EPOCH: Text("Weights of epoch"),
    "finished": Text("Finished"),
}
"""What the facts of a model file are called; another goes by its own name."""


def _fact(name: str) -> str:
    return str(FACTS.get(name, name))


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<tr><th>{_text(name)}</th><td>{_text(said)}</td></tr>" for name, said in pairs)


def _text(text: str) -> str:
    return escape(words.printable(text))
