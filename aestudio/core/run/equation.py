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
    """L = loss + λ₁ penalty₁ + …, and what the code has of its own, with the weights as they are set; where a layer is
    trained by itself, the loss is one of the code h of so many layers `below` it.
    """
    if not run.objective.neutral:
        return type(run.objective).equation
    terms = [(penalty.weight, type(penalty).equation) for penalty in run.penalties]
    if run.code.term:
        terms.append((run.code.term_weight, of_layer(type(run.code).term_equation, below)))
    added = "".join(_added(number(weight), term) for weight, term in terms)
    return r"\mathcal{L} = " + of_layer(type(run.loss).equation, below) + added


def _added(weight: str, equation: str) -> str:
    """A weighted term behind others; one that is less than nothing is taken away."""
    if equation.startswith("-"):
        return rf" - {weight}\, {equation[1:]}"
    return rf" + {weight}\, {equation}"


def of_layer(equation: str, below: int) -> str:
    """An equation of x, x̃ and x̂ as one of the code of so many layers: h₁, h̃₁ and ĥ₁."""

    def code(found: re.Match[str]) -> str:
        place = f"{below},i" if found[2] else f"{below}"
        return found[1].replace("x", "h") + f"_{{{place}}}"

    return re.sub(r"(\\(?:hat|tilde)\{x\}|(?<![a-z\\])x(?![a-z]))(_i)?", code, equation) if below else equation


def reconstruction(run: Run, below: int = 0) -> str:
    """x̂ = B(z), z = …, x̃ = …: how the reconstruction comes about; where a layer is trained by itself, that of the code
    of so many layers `below` it: ĥ₁ = B₂(h₂), h₂ = A₂(h̃₁).
    """
    if below:
        above = below + 1
        there = of_layer(rf"h_{{{above}}} = A_{{{above}}}(\tilde{{x}})", below)
        back = of_layer(rf"\hat{{x}} = B_{{{above}}}(h_{{{above}}})", below)
        return BETWEEN.join((back, there, of_layer(type(run.corruption).equation, below)))
    return BETWEEN.join(
        (r"\hat{x} = B(z)", type(run.code).equation, r"h = A(\tilde{x})", type(run.corruption).equation)
    )
