"""A page that runs the network in a browser."""

from pathlib import Path
from typing import ClassVar

from aestudio.core.export import live_page
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.export.pieces import Piece
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.texts import say


class LiveCard(Format):
    """One HTML page that encodes and decodes in any browser, offline: sliders, a map, pictures of one's own."""

    kind: ClassVar[str] = "live-card"
    title: ClassVar[str] = "Live card"
    about: ClassVar[str] = (
        "One HTML page that encodes and decodes in any browser, offline: sliders, a map, pictures of one's own."
    )
    source: ClassVar[str] = "Mitchell et al. (2019), Model Cards for Model Reporting, arXiv 1810.03993, for the thought"
    rank: ClassVar[int] = 5
    suffix: ClassVar[str] = ".html"
    parts: ClassVar[tuple[Piece, ...]] = ("autoencoder",)
    limit: ClassVar[float] = live_page.HALF_LIMIT

    def write(self, subject: Subject, made: Path) -> Outcome:
        subject.report(say("Tracing the graph"), 0.1)
        parts = live_page.parts(subject)
        notes = subject.notes()[1:]
        for kind, note in (
            ("f2", say("Weights are written with 16 bits, so that the page stays small.")),
            ("f4", say("Weights are written with 32 bits: rounded to 16 they would show.")),
        ):
            subject.report(say("Writing the page"), 0.5)
            made.write_text(live_page.page(subject, parts, kind), encoding="utf-8")
            subject.report(say("Comparing with the model"), 0.8)
            try:
                parity = live_page.difference_of(made.read_text(encoding="utf-8"), subject, parts)
            except ExportError:
                if kind == "f4":
                    raise
                continue
            return Outcome(parity, (note, *notes))
        raise AssertionError("A page was written or refused.")

    def default_name(self) -> str:
        return "live-card.html"
