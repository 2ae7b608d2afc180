"""The weights alone."""

from pathlib import Path
from typing import ClassVar

from safetensors.torch import load, save

from aestudio.core.export import snippets
from aestudio.core.export.format import Format, Outcome, Subject
from aestudio.core.ground.errors import ExportError
from aestudio.core.ground.sealed import as_pairs, seal
from aestudio.core.ground.texts import say


class Safetensors(Format):
    """The weights as a plain state dict with the Run as its only metadata, for programs that have the network."""

    kind: ClassVar[str] = "safetensors"
    title: ClassVar[str] = "safetensors"
    about: ClassVar[str] = (
        "The weights as a plain state dict with the Run as its only metadata, for programs that have the network."
    )
    source: ClassVar[str] = "Hugging Face, safetensors, https://huggingface.co/docs/safetensors"
    rank: ClassVar[int] = 2
    suffix: ClassVar[str] = ".safetensors"

    def write(self, subject: Subject, made: Path) -> Outcome:
        subject.report(say("Writing the weights"), 0.2)
        weights, about = as_pairs(subject.module.state_dict(), {"run": subject.file.run.to_json()})
        made.write_bytes(save(weights, metadata=about))
        subject.report(say("Reading them back"), 0.6)
        if seal(load(made.read_bytes()), {}) != seal(weights, {}):
            raise ExportError("The weights that were read back are not those that were written. Nothing was written.")
        return Outcome(None, subject.missing(), snippets.for_safetensors(made.name, min(weights)))
