"""A training as a film: its filters and what it makes of the same held-out images, moment after moment, as a GIF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from aestudio.core.data.dataset import to_float
from aestudio.core.ground import atomic
from aestudio.core.ground.decibels import psnr
from aestudio.core.ground.errors import CheckpointError, ExportError, ProbeError, not_written
from aestudio.core.ground.reports import Report
from aestudio.core.ground.resources import resource
from aestudio.core.ground.texts import Text, say
from aestudio.core.library.catalogue import Library
from aestudio.core.library.moments import MomentFolder
from aestudio.core.model.trained import Model
from aestudio.core.probes.filters import filters
from aestudio.core.training.moment import Moment

FRAMES = 120
"""At most; of more moments every few are left out."""
FRAME_MS, LAST_MS = 100, 2000
"""How long a frame is shown, and the last one."""
UNITS, IMAGES = 64, 16
"""That are seen."""
SIDE, MARGIN, HEADING, BAR = 256, 12, 24, 6
"""Pixels: of a panel, around it, of the room for words, and of the bar that says how far the training is."""
POINTS = 14
"""Pixels of the words."""
PAPER, INK, GREY, ACCENT = (255, 255, 255), (30, 34, 42), (196, 202, 212), (55, 90, 200)


def save_film(library: Library, number: int, path: Path, report: Report) -> int:
    """Writes the film of a run's moments, and gives how many frames it has.

    Raises: ExportError where it keeps fewer than two moments or the file cannot be written.
    """
    folder, samples = MomentFolder(library.files(number)), library.samples(number)
    steps = _spread(folder.steps(), FRAMES)
    frames: list[Image.Image] = []
    if samples is not None:
        for done, moment in enumerate(_read(folder, steps)):
            report(say("Making a film"), done / len(steps))
            frames.append(_frame(moment, samples[:IMAGES], steps[-1]))
    if len(frames) < 2:
        raise ExportError("Run {number} keeps no moments to make a film of; train it again.", number=number)
    try:
        atomic.write_bytes(path, _gif(frames))
    except OSError as error:
        raise ExportError(not_written(path, error)) from error
    return len(frames)


def _spread(steps: list[int], most: int) -> list[int]:
    """The first, the last and evenly many between them."""
    if len(steps) <= most:
        return steps
    return [steps[round(at)] for at in np.linspace(0, len(steps) - 1, most)]


def _read(folder: MomentFolder, steps: list[int]) -> Iterator[Moment]:
    for step in steps:
        try:
            yield folder.read(step)
        except CheckpointError:  # taken away just now, or damaged: the film does without
            continue


def _frame(moment: Moment, samples: Tensor, last: int) -> Image.Image:
    model = Model(moment.run, moment.shape, dict(moment.weights), moment.depth)
    images = to_float(samples)
    corrupted, _, made = model.try_on(images, moment.run.seed)
    panels: list[tuple[object, NDArray[np.float32]]] = [(Text("Original"), images.numpy())]
    if not moment.run.corruption.neutral:
        panels.append((Text("Corrupted"), corrupted.numpy()))
    quality = Text("Reconstructed, {psnr:.1f} dB", psnr=psnr(float((made - images).square().mean())))
    panels.append((quality, made.numpy()))
    with suppress(ProbeError):  # it may have no layer whose weights are pictures
        panels.append((Text("Filters"), filters(model, "unit").display[:UNITS]))
    return _drawn(panels, moment.step, last)


def _drawn(panels: list[tuple[object, NDArray[np.float32]]], step: int, last: int) -> Image.Image:
    width = len(panels) * (SIDE + MARGIN) + MARGIN
    height = 2 * MARGIN + 2 * HEADING + SIDE + BAR
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (words, pictures) in enumerate(panels):
        left = MARGIN + place * (SIDE + MARGIN)
        _write(draw, (left, MARGIN // 2), str(words))
        sheet.paste(_grid(pictures), (left, MARGIN // 2 + HEADING))
    below = MARGIN // 2 + HEADING + SIDE + MARGIN // 2
    _write(draw, (MARGIN, below), say("step {step:,}", step=step))
    top = height - MARGIN - BAR // 2
    draw.rectangle((MARGIN, top, width - MARGIN, top + BAR), fill=GREY)
    draw.rectangle((MARGIN, top, MARGIN + (width - 2 * MARGIN) * step / max(1, last), top + BAR), fill=ACCENT)
    return sheet


def _grid(pictures: NDArray[np.float32]) -> Image.Image:
    """Images [N, C, H, W] in [0, 1] as a square of SIDE pixels, a line of paper between them."""
    count, channels, height, width = pictures.shape
    columns = ceil(sqrt(count))
    shown = pictures if channels in (1, 3) else pictures[:, :1]
    cell = SIDE // columns
    scale = (cell - 1) / max(height, width)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    sheet = Image.new("RGB", (SIDE, SIDE), PAPER)
    levels = np.clip(np.nan_to_num(shown), 0, 1) * 255
    for place, image in enumerate(levels.round().astype(np.uint8)):
        plain = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).convert("RGB")
        how = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
        sheet.paste(plain.resize(size, how), (place % columns * cell, place // columns * cell))
    return sheet


def _write(draw: ImageDraw.ImageDraw, place: tuple[int, int], words: str) -> None:
    """Latin and Hangul have a font each."""
    left, top = place
    for is_hangul, letters in groupby(words, lambda letter: "\u3131" <= letter <= "\ud7a3"):
        part, font = "".join(letters), _font("AEStudioSansKR-Regular.otf" if is_hangul else "AEStudioSans-Regular.ttf")
        draw.text((left, top + POINTS + 1), part, fill=INK, font=font, anchor="ls")
        left += round(draw.textlength(part, font=font))


def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(resource("fonts", name)), POINTS)


def _gif(frames: list[Image.Image]) -> bytes:
    """All with the colours of the last, so that nothing flickers."""
    colours = frames[-1].quantize(256)
    plain = [frame.quantize(palette=colours, dither=Image.Dither.NONE) for frame in frames]
    out = io.BytesIO()
    durations = [FRAME_MS] * (len(plain) - 1) + [LAST_MS]
    plain[0].save(out, "GIF", save_all=True, append_images=plain[1:], duration=durations, loop=0)
    return out.getvalue()
