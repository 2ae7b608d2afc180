"""Weights of an ONNX file in fewer bits; whoever loads it makes them numbers of 32 bits again."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Weights = Literal["float32", "float16", "int8"]
LIMITS: dict[Weights, float] = {"float32": 1e-5, "float16": 1e-2, "int8": 0.1}
"""The largest difference from the model that a file with such weights may show."""
FEWEST = 64
"""Numbers that a tensor has at least: to round fewer would save nothing."""
LARGEST = 127


def rounded(proto: Any, weights: Weights) -> None:
    """Replaces the float32 weights of a graph by `float16`, or by `int8` with a scale for each output channel."""
    import onnx
    from onnx import numpy_helper

    if weights == "float32":
        return
    graph = proto.graph
    kept, nodes = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < FEWEST or values.ndim < 2:
            kept.append(tensor)
            continue
        stored = f"{tensor.name}.{weights}"
        if weights == "float16":
            kept.append(numpy_helper.from_array(values.astype(np.float16), stored))
            nodes.append(onnx.helper.make_node("Cast", [stored], [tensor.name], to=onnx.TensorProto.FLOAT))
        else:
            whole, scale, axis = quantised(values)
            kept += [numpy_helper.from_array(whole, stored), numpy_helper.from_array(scale, f"{tensor.name}.scale")]
            given = [stored, f"{tensor.name}.scale"]
            nodes.append(onnx.helper.make_node("DequantizeLinear", given, [tensor.name], axis=axis))
    own = [*nodes, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(own)


def quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32], int]:
    """Whole numbers from -127 to 127, what one of them is worth, for each index of an axis, and which axis that is:
    the one along which the largest values differ most.
    """
    tops = [np.abs(values).max(axis=tuple(other for other in range(values.ndim) if other != axis)) for axis in (0, 1)]
    axis = int(np.argmax([float(np.std(np.log(top + 1e-12))) for top in tops]))
    scale = (np.maximum(tops[axis], 1e-12) / LARGEST).astype(np.float32)
    across = scale.reshape([-1 if one == axis else 1 for one in range(values.ndim)])
    return np.clip(np.rint(values / across), -LARGEST, LARGEST).astype(np.int8), scale, axis
