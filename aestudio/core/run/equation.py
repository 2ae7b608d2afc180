"""The objective of a run as LaTeX, put together from the equations of its slots."""

import re

from aestudio.core.run.run import Run

BETWEEN = r",\qquad "
"""What stands between the equations of a line."""


def number(value: float) -> str:
    """A weight as LaTeX: 3, 0.05, 10^{-4}."""
    if value and (abs(value) < 1e-3 or abs(value) >= 1e5):
        mantissa, exponent = f"{value:.2e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
    return f"{value:.4g}"


def objective(run: Run, below: int = 0) -> str:
    """L = loss + λ₁ penalty₁ + …, with the weights as they are set; where a layer is trained by itself, the loss is one
    of the code h of so many layers `below` it.
    """
    if not run.objective.neutral:
        return type(run.objective).equation
    terms = [of_layer(type(run.loss).equation, below)]
    terms += [rf"{number(penalty.weight)}\, {type(penalty).equation}" for penalty in run.penalties]
    return r"\mathcal{L} = " + " + ".join(terms)


def of_layer(equation: str, below: int) -> str:
    """An equation of x and x̂ as one of the code of so many layers: h₁ and ĥ₁."""

    def code(found: re.Match[str]) -> str:
        place = f"{below},i" if found[2] else f"{below}"
        return (r"\hat{h}" if "hat" in found[1] else "h") + f"_{{{place}}}"

    return re.sub(r"(\\hat\{x\}|(?<![a-z\\])x(?![a-z]))(_i)?", code, equation) if below else equation


def reconstruction(run: Run) -> str:
    """x̂ = B(z), z = …, x̃ = …: how the reconstruction comes about."""
    return BETWEEN.join(
        (r"\hat{x} = B(z)", type(run.code).equation, r"h = A(\tilde{x})", type(run.corruption).equation)
    )
