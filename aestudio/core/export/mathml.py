"""LaTeX as MathML, which browsers draw by themselves."""


def mathml(latex: str) -> str:
    """A formula as a line of its own."""
    from latex2mathml.converter import convert  # 0.1 s, so only where a formula is drawn

    drawn: str = convert(latex, display="block")
    return drawn
