"""A page that shows what a model is and does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from aestudio.core.export import onnx_file, page
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.export.pieces import PIECES, Piece
from aestudio.core.ground.reports import Report
from aestudio.core.ground.texts import say


class Card(Format):
    """One HTML page: settings, equation, curves, activations, reconstructions, scores, how to load the model."""

    kind: ClassVar[str] = "card"
    title: ClassVar[str] = "Model card"
    about: ClassVar[str] = (
        "One HTML page: settings, equation, curves, activations, reconstructions, scores, how to load the model."
    )
    source: ClassVar[str] = "Mitchell et al. (2019), Model Cards for Model Reporting, arXiv 1810.03993"
    rank: ClassVar[int] = 4
    suffix: ClassVar[str] = ".html"
    parts: ClassVar[tuple[Piece, ...]] = ("autoencoder",)

    def write(self, subject: Subject, made: Path) -> Outcome:
        parity = _parity(subject, made.parent)
        subject.report(say("Writing the page"), 0.92)
        made.write_text(page.page(subject, parity), encoding="utf-8")
        return Outcome(
            max(parity.values()), (say("The parity is that of an ONNX export which was made for the page."),)
        )


def _parity(subject: Subject, workshop: Path) -> Mapping[Piece, float]:
    """The largest difference of each part when it is exported as ONNX."""
    found = {}
    for number, part in enumerate(PIECES):
        report = _share(subject.report, 0.9 * number / len(PIECES), 0.9 / len(PIECES))
        path = workshop / f"{number}.part.onnx"
        found[part] = onnx_file.write(replace(subject, part=part, report=report), path)
        path.unlink()
    return found


def _share(report: Report, begin: float, share: float) -> Report:
    """A report of a stage, as one of the whole."""
    return lambda doing, fraction: report(doing, None if fraction is None else begin + share * fraction)
