"""Letters drawn by the program from fonts that its dependencies carry, each with a stroke and slant of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import radians, tan
from string import ascii_lowercase, ascii_uppercase, digits
from typing import ClassVar

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

from aestudio.core.data.carried import carried
from aestudio.core.data.dataset import Dataset, Resident, Split, split_at_random
from aestudio.core.data.skipped import Skipped
from aestudio.core.data.source import Data
from aestudio.core.ground.errors import DataError
from aestudio.core.ground.reports import Report, unheard
from aestudio.core.ground.texts import say
from aestudio.core.parts.slots import knob

SIZE = 28
FINE = 4
"""A glyph is drawn this many times larger."""
CAPITAL = 14
"""Height of a capital in an image, in pixels; leaves a W of any font room to lean and move."""
CHUNK = 2048


@dataclass(frozen=True)
class Face:
    """One look of the alphabet: a font file of a package, and where its A, a and 0 are."""

    package: str
    file: str
    starts: tuple[int, int, int] = (ord("A"), ord("a"), ord("0"))

    def glyph(self, character: str) -> str:
        for start, run in zip(self.starts, (ascii_uppercase, ascii_lowercase, digits), strict=True):
            if character in run:
                return chr(start + ord(character) - ord(run[0]))
        raise ValueError(character)


_STIX = ("ziamath", "fonts/STIXTwoMath-Regular.ttf")
FACES = (
    Face("PIL", ""),  # Aileron, which Pillow embeds
    Face("ziafont", "fonts/DejaVuSans.ttf"),
    Face(*_STIX),
    # A mathematical font holds whole alphabets again in other styles.
    Face(*_STIX, (0x1D400, 0x1D41A, 0x1D7CE)),  # bold
    Face(*_STIX, (0x1D608, 0x1D622, 0x1D7E2)),  # slanted sans serif; its digits stand upright
    Face(*_STIX, (0x1D670, 0x1D68A, 0x1D7F6)),  # typewriter
)


class Letters(Data):
    """Letters A–Z and a–z of six typefaces, 28×28, white on black, with random stroke, slant, size and place.

    The held-out letters are of the same typefaces, drawn with other random values.
    """

    kind: ClassVar[str] = "letters"
    title: ClassVar[str] = "Letters 28×28"
    about: ClassVar[str] = (
        "Letters A–Z and a–z of six typefaces, 28×28, white on black, with random stroke, slant, size and place."
    )
    source: ClassVar[str] = "Typefaces Aileron (CC0), DejaVu Sans and STIX Two Math (SIL OFL); drawn by the program"
    rank: ClassVar[int] = 3

    count: int = knob(20_000, "Images", low=100, high=500_000, log=True, tip="The held-out ones are among them.")
    digits: bool = knob(False, "With digits", tip="Also draw 0–9.")
    stroke: float = knob(
        0.8,
        "Stroke",
        low=0.0,
        high=1.5,
        unit="pixels",
        tip="A stroke grows thicker by up to this, and thinner by up to a third.",
    )
    slant: float = knob(
        15.0, "Slant", low=0.0, high=30.0, unit="degrees", tip="A letter leans up to this far to either side."
    )
    shift: float = knob(
        2.0,
        "Shift",
        low=0.0,
        high=4.0,
        unit="pixels",
        tip="How far a letter may lie from the middle, in each direction.",
    )
    held_out: float = knob(
        0.1, "Part held out", low=0.01, high=0.9, tip="The fraction of images kept from training, to score it."
    )

    def read(self, report: Report = unheard) -> Dataset:
        characters = ascii_uppercase + ascii_lowercase + (digits if self.digits else "")
        report(say("Reading the typefaces"), None)
        alphabets, skipped = [], []
        for face in FACES:
            try:
                alphabets.append(draw_alphabet(face, characters))
            except (OSError, DataError) as error:  # another version of a dependency may keep its font elsewhere
                skipped.append(Skipped(f"{face.package}/{face.file}", str(error)))
        glyphs = torch.cat(alphabets)
        generator = torch.Generator().manual_seed(0)
        which = torch.randint(len(glyphs), (self.count,), generator=generator)
        images = torch.empty(self.count, 1, SIZE, SIZE, dtype=torch.uint8)
        for start in range(0, self.count, CHUNK):
            report(say("Drawing the letters"), start / self.count)
            images[start : start + CHUNK] = self._draw(glyphs[which[start : start + CHUNK]], generator)
        labels = which % len(characters)
        train, held_out = split_at_random(self.count, self.held_out, seed=0)
        return Dataset(
            name=self.title,
            train=Split(Resident(images[train]), labels[train]),
            held_out=Split(Resident(images[held_out]), labels[held_out]),
            label_names=tuple(characters),
            skipped=tuple(skipped),
        )

    def _draw(self, glyphs: Tensor, generator: torch.Generator) -> Tensor:
        """Distances [B, 1, H, W], in pixels of an image, as images uint8 [B, 1, SIZE, SIZE]."""

        def between(low: float, high: float) -> Tensor:
            return torch.empty(len(glyphs)).uniform_(low, high, generator=generator)

        scale, lean = between(0.8, 1.1), tan(radians(self.slant)) * between(-1, 1)
        right, down = (between(-self.shift, self.shift) / (SIZE / 2) for _ in range(2))
        thicker = between(-self.stroke / 3, self.stroke) / 2
        # From an image's place to the glyph's: first back to the middle, then upright, then to the glyph's size.
        zero = torch.zeros(len(glyphs))
        upright = torch.stack(
            [
                torch.stack([1 / scale, lean / scale, -(right + lean * down) / scale], 1),
                torch.stack([zero, 1 / scale, -down / scale], 1),
            ],
            1,
        )
        grid = affine_grid(upright, [len(glyphs), 1, SIZE, SIZE], align_corners=False)
        distance = grid_sample(glyphs, grid, padding_mode="border", align_corners=False) * scale[:, None, None, None]
        return (0.5 + thicker[:, None, None, None] - distance).clamp_(0, 1).mul_(255).round_().to(torch.uint8)


def draw_alphabet(face: Face, characters: str) -> Tensor:
    """Each character as its signed distance to the nearest edge, negative inside, float32 [G, 1, H, W].

    In pixels of an image. A distance can be sampled at any slant and size and still gives a soft edge, and subtracting
    from it makes a stroke thicker.
    Source: Green (2007), Improved alpha-tested magnification for vector textures and special effects.
    """
    from scipy.ndimage import distance_transform_edt  # 0.2 s, so only where it is used

    side = SIZE * FINE
    drawn = []
    for ink in _glyph_masks(face, characters, side):
        outside, inside = distance_transform_edt(ink < 128), distance_transform_edt(ink >= 128)
        drawn.append((outside - inside).astype(np.float32) / FINE)
    return avg_pool2d(torch.from_numpy(np.stack(drawn))[:, None], 2)


def _glyph_masks(face: Face, characters: str, side: int) -> Iterator[np.ndarray]:
    """The characters one by one in the middle of uint8 [side, side], all to the scale that the height of an H sets."""
    top, bottom = (_font(face, 100).getbbox(face.glyph("H"))[i] for i in (1, 3))
    font = _font(face, 100 * CAPITAL * FINE / (bottom - top))
    for character in characters:
        canvas = Image.new("L", (2 * side, 2 * side))
        ImageDraw.Draw(canvas).text((side // 2, side // 2), face.glyph(character), fill=255, font=font)
        ink = canvas.getbbox()  # of the ink alone; a font's own box holds the white beside a glyph too
        if ink is None:
            raise DataError("the typeface has no {character}", character=character)
        middle = Image.new("L", (side, side))
        middle.paste(canvas.crop(ink), ((side - ink[2] + ink[0]) // 2, (side - ink[3] + ink[1]) // 2))
        yield np.asarray(middle)


def _font(face: Face, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not face.file:
        return ImageFont.load_default(size)
    return ImageFont.truetype(carried(face.package, face.file), size, layout_engine=ImageFont.Layout.BASIC)
