"""torch.export's own file."""

import io
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from aestudio.core.export import snippets
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.export.graph import first_line, quietly, traced
from aestudio.core.export.parity import largest_difference
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.texts import say


class Pt2(Format):
    """A graph with its weights for torch itself: it needs neither AEStudio nor the network's source, and AOTInductor
    compiles it.
    """

    kind: ClassVar[str] = "pt2"
    title: ClassVar[str] = "torch.export"
    about: ClassVar[str] = (
        "A graph with its weights for torch itself: it needs neither AEStudio nor the network's source, and "
        "AOTInductor compiles it."
    )
    source: ClassVar[str] = "PyTorch, torch.export, https://docs.pytorch.org/docs/stable/export.html"
    rank: ClassVar[int] = 1
    suffix: ClassVar[str] = ".pt2"

    def write(self, subject: Subject, made: Path) -> Outcome:
        subject.report(say("Tracing the graph"), 0.1)
        program = traced(subject)
        program.example_inputs = None  # images as large as the traced ones
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)  # paths of this machine
        subject.report(say("Writing the file"), 0.5)
        content = io.BytesIO()  # torch's own writer turns a full disk into an error of its own
        about = {f"{name}.json": subject.file.description()[name] for name in ("run", "scores")}
        with quietly():
            torch.export.save(program, content, extra_files=about)
        made.write_bytes(content.getbuffer())
        subject.report(say("Loading it again"), 0.7)
        try:
            with quietly(), made.open("rb") as file:
                loaded: Any = torch.export.load(io.BytesIO(file.read())).module()
        except Exception as error:  # torch raises whatever its loader stumbled on
            raise ExportError(
                "torch cannot load what it has written: {first_line}", first_line=first_line(error)
            ) from error

        @torch.no_grad()
        def run(*values: Tensor) -> Tensor:
            result: Tensor = loaded(*values)
            return result

        parity = largest_difference(subject, run)
        return Outcome(parity, subject.notes(), snippets.for_pt2(made.name, subject))
