"""Peak signal-to-noise ratio: the one formula that scores, comparisons and panes share."""

from math import inf, log10


def psnr(mse: float) -> float:
    """In dB, of values whose peak is 1 and whose mean squared error this is; infinite where there is none."""
    return -10 * log10(mse) if mse > 0 else inf
