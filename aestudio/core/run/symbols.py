"""The symbols of a run's equations: what each stands for, its value where it is a setting, and where it is seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aestudio.core.ground.texts import Text
from aestudio.core.parts.slots import Slot, knobs
from aestudio.core.run import equation
from aestudio.core.run.run import Run

Place = Literal["", "losses", "original", "corrupted", "reconstructed", "activations", "code"]


@dataclass(frozen=True)
class Symbol:
    """One letter of an equation."""

    letter: str
    """As a line of text has it: ρ̂."""
    meaning: Text
    place: Place = ""
    """What shows it."""
    path: str = ""
    """The setting that it is, as `Run.with_value` takes it: penalties.kl-sparsity.target."""
    value: Any = None
    """Of that setting."""

    @property
    def same(self) -> tuple[str, str, str]:
        """What does not change with the value."""
        return (self.letter, self.path, self.place)


def alone(letter: str) -> str:
    """A letter that is no part of a word nor the argument of a command, as a pattern."""
    return rf"(?<![\w{{]){letter}(?![\w}}])"


COMMON: tuple[tuple[str, Symbol], ...] = (
    (r"\\mathcal\{L\}", Symbol("𝓛", Text("The loss: what training makes as small as it can."), "losses")),
    (r"\\tilde\{x\}", Symbol("x̃", Text("The image as the network sees it, after the corruption."), "corrupted")),
    (alone("x"), Symbol("x", Text("The image, its pixels between 0 and 1."), "original")),
    (r"\\hat\{x\}", Symbol("x̂", Text("The reconstruction: what the network makes of the image."), "reconstructed")),
    (r"= A\(", Symbol("A", Text("The encoder: from the image to the hidden layer."))),
    (r"= B\(", Symbol("B", Text("The decoder: from the code back to an image."))),
    (alone("h"), Symbol("h", Text("The hidden layer: how active each unit is for one image."), "activations")),
    (alone("z"), Symbol("z", Text("The code: what the decoder is given, and the sliders change."), "code")),
    (r"\\rho_j", Symbol("ρⱼ", Text("How active unit j is, as a mean over many images."), "activations")),
    (r"\\mathrm\{KL\}", Symbol("KL", Text("Kullback–Leibler divergence: how far two distributions are apart."))),
    (r"J_A", Symbol("J", Text("The encoder’s Jacobian: how much each unit changes with each pixel."))),
    (r"J\(x", Symbol("J", Text("What saving as JPEG does to the image."), "corrupted")),
    (r"n \\sim p_k", Symbol("n", Text("The noise, of one of several kinds."), "corrupted")),
    (r"k \\sim", Symbol("k", Text("The kind of the noise, drawn for each image."), "corrupted")),
    (r"\\frac\{D\}", Symbol("D", Text("How many numbers an image has."), "losses")),
    (alone("W"), Symbol("W", Text("The weights of encoder and decoder."))),
    (r"q\(z", Symbol("q", Text("The encoder as a distribution: how likely each code is for an image."), "code")),
    (r"(?<![a-z])p\(z", Symbol("p", Text("The prior: how likely each code is before any image is seen."), "code")),
    (r"(?<![a-z])p\(x,", Symbol("p", Text("How likely the model takes an image and its code together."), "losses")),
    (r"\{1\}\{k\}", Symbol("k", Text("How many codes are drawn for each image."), "code")),
    (r"\\mu\(h", Symbol("μ", Text("The mean of each number of the code, which the encoder gives."), "code")),
    (r"\\sigma\(h", Symbol("σ", Text("How far each number of the code is spread, which the encoder gives."), "code")),
    (r"\\varepsilon", Symbol("ε", Text("Normal noise for each number of the code, new each time."), "code")),
    (r"2 \\sigma\^2", Symbol("σ", Text("How far pixels are spread around the reconstruction."), "losses")),
    (r"\\mathrm\{MMD\}", Symbol("MMD", Text("Maximum mean discrepancy: how differently two sets are distributed."))),
    (r"D\(z\)", Symbol("D", Text("The critic: how likely it takes a code to be a draw of the prior."), "code")),
    (r"e_m", Symbol("e", Text("One of the vectors that the code is made of, which are learned."), "code")),
    (r"\\hat\{e\}", Symbol("ê", Text("What unused units make of what the others leave over."), "code")),
    (r"m = ", Symbol("m", Text("Which of the vectors is the nearest."), "code")),
    (r"\\pi", Symbol("π", Text("The number 3.14159…"))),
    (r"\\epsilon", Symbol("ε", Text("Normal noise, new for every pixel each time."), "corrupted")),
)
"""What is found in an equation as LaTeX, and what it is."""
SEEN_AT: dict[str, Place] = {"β": "losses", "ρ̂": "activations", "σ": "corrupted", "p": "corrupted", "k": "code"}
LAMBDA = "λ"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def symbols(run: Run, below: int = 0) -> list[Symbol]:
    """Those in the equations that the window shows of a run, then its settings that have a letter; `below` as the
    equations have it.
    """
    lines = equation.objective(run, below) + equation.BETWEEN + equation.reconstruction(run, below)
    found = [symbol for pattern, symbol in COMMON if re.search(pattern, lines)]
    return [*found, *(_of_layers(below) if below else ()), *_settings(run)]


def letter_of_code(layers: int) -> str:
    """What the code of so many layers is called: h₂."""
    return f"h{layers}".translate(SUBSCRIPTS)


def _of_layers(below: int) -> Iterator[Symbol]:
    """What stands in the place of image and code while a layer is trained by itself."""
    meaning = "The code of layer {layer}: the next layer learns to reconstruct it, as a first layer does the image."
    yield Symbol(letter_of_code(below), Text(meaning, layer=below), "losses")
    meaning = "The code of layer {layer}, which is trained now: how active each of its units is for one image."
    yield Symbol(letter_of_code(below + 1), Text(meaning, layer=below + 1), "activations")


def _settings(run: Run) -> Iterator[Symbol]:
    """A knob has a letter where its label ends in one: `Target ρ̂`."""
    parts: list[tuple[str, Slot]] = [("code", run.code), ("corruption", run.corruption)]
    parts += [(f"penalties.{penalty.kind}", penalty) for penalty in run.penalties]
    for path, part in parts:
        for name, knob in knobs(part).items():
            letter = knob.label.rpartition(" ")[2]
            if len(letter) > 2 or letter.isdigit() or letter == knob.label:
                continue
            said = Text("{part}: {meaning}", part=Text(part.title), meaning=Text(knob.tip or knob.label))
            place = "losses" if letter == LAMBDA else SEEN_AT.get(letter, "")
            yield Symbol(letter, said, place, f"{path}.{name}", getattr(part, name))
