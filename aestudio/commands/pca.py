"""`aestudio pca`: a linear autoencoder against principal component analysis of its data."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from math import isfinite

from rich.table import Table

from aestudio.commands import OK, output
from aestudio.commands.export import model_file
from aestudio.commands.train import with_settings
from aestudio.core.ground.texts import Text, say
from aestudio.core.probes.pca import pca as principal_components
from aestudio.core.theory.twin import Twin, affine_maps, twin


def pca(chosen: argparse.Namespace) -> int:
    """Prints how near the two are. Raises StudioError where the model is not linear, or its data cannot be had."""
    model = model_file(chosen.model).model()
    affine_maps(model)  # refused before the data are read
    dataset = with_settings(model.run, chosen.data, ()).data.load()
    found = twin(principal_components(dataset), model)
    if chosen.json:
        ratio = found.ratio if isfinite(found.ratio) else None
        print(json.dumps({**asdict(found), "ratio": ratio, "law_error": found.law_error}))
        return OK
    console = output.console()
    console.print(
        say(
            "{title} · code size {code_size} · {name}",
            title=Text(model.run.title),
            code_size=found.code_size,
            name=dataset.name,
        )
    )
    console.print(_errors(found))
    for line in _subspaces(found):
        console.print(line)
    return OK


def _errors(found: Twin) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(say("MSE"), no_wrap=True)
    for heading in (say("Autoencoder"), say("PCA"), say("Ratio")):
        table.add_column(heading, justify="right", no_wrap=True)
    for split, made, floor in (
        (say("training"), found.train_mse, found.train_floor),
        (say("held out"), found.held_out_mse, found.held_out_floor),
    ):
        table.add_row(split, f"{made:.6f}", f"{floor:.6f}", f"{made / floor:.4f}" if floor else "–")
    return table


def _subspaces(found: Twin) -> list[str]:
    said = [
        say(
            "Projector difference ‖P − P̂‖_F: {projector_difference:.4f}",
            projector_difference=found.projector_difference,
        ),
        say("Principal angles: {angle:.2f}° to {angles:.2f}°", angle=found.angles[0], angles=found.angles[-1]),
    ]
    if found.law is not None:
        said.append(
            say(
                "Squared singular values of the decoder: at most {law_error:.2g} from Kunin's law",
                law_error=found.law_error,
            )
        )
    return said
