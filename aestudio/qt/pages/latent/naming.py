"""What labels and attributes of images are called."""

from __future__ import annotations

from collections.abc import Mapping

from aestudio.core.ground.texts import Text, again
from aestudio.core.latent.attributes import Attribute
from aestudio.core.latent.codes import Codes

FACTORS: Mapping[str, Text] = {
    "shape": Text("Shape"),
    "scale": Text("Size"),
    "rotation": Text("Rotation"),
    "x": Text("Place across"),
    "y": Text("Place downwards"),
}


def label_name(codes: Codes, label: int) -> str:
    """What images with a label are called."""
    return again(codes.names[label]) if codes.names else str(label)


def attribute_name(attribute: Attribute) -> Text | str:
    """What an attribute is called."""
    return factor_name(attribute.name) if attribute.name else Text("Label")


def factor_name(name: str) -> Text | str:
    """What a factor of drawn images is called; those that are not known here have their own names."""
    return FACTORS.get(name, name)
