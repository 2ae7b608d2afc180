"""A network written out as lines of plain torch: its own layers and sizes, one after the other."""

from __future__ import annotations

import inspect

from torch import Tensor

from aestudio.core.model.trained import Model
from aestudio.core.parts.families.code import TorchCode
from aestudio.core.parts.families.likelihood import Likelihood, TorchLayers
from aestudio.core.parts.stages import Stage, TorchSource

WIDTH = 88
"""Characters of a line: what formatters take where nobody says otherwise."""
INDENT = " " * 8


def layers(model: Model) -> str:
    """The body of `__init__`."""
    lines = [line for _, source in _written(model) for line in source.layers]
    return _body([*lines, *_code(model).layers, *_loss(model).layers])


def helpers(model: Model) -> str:
    """What the layers call that torch does not have, each once, as its source has it."""
    needed = dict.fromkeys(helper for _, source in _written(model) for helper in source.helpers)
    return "".join(f"{inspect.getsource(helper)}\n\n" for helper in needed)


def encoding(model: Model) -> str:
    """The body of `encode`, from `x` to the code."""
    lines = list(model.run.network.join_in_torch())
    lines += [f"x = {stage.activation.in_torch.format(source.affine)}" for stage, source in _written(model)]
    return _body(_returning([*lines, *_code(model).encode]))


def decoding(model: Model) -> str:
    """The body of `decode`, from the code `x` to images."""
    lines = list(_code(model).decode)
    for number, (stage, source) in reversed(list(enumerate(_written(model)))):
        last = number == 0 and (model.run.loss.outputs > 1 or type(model.run.loss).mean is not Likelihood.mean)
        whole = f"x = {source.shaped.format(stage.range.in_torch.format(source.back))}"
        if last:  # the likelihood makes a mean of the outputs, which have to stand side by side first
            lines += [
                f"x = {source.shaped.format(source.back)}",
                f"x = {model.run.loss.mean_in_torch('x', stage.range)}",
            ]
        elif len(INDENT) + len("return") + len(whole) - len("x =") <= WIDTH:
            lines.append(whole)
        else:
            lines += [f"x = {source.back}", f"x = {source.shaped.format(stage.range.in_torch.format('x'))}"]
    return _body(_returning(lines))


def weights(model: Model) -> dict[str, Tensor]:
    """The weights by the names that the written layers have."""
    found = {
        name: stage.get_parameter(own).detach().contiguous()
        for stage, source in _written(model)
        for own, name in source.weights.items()
    }
    of_the_code, of_the_loss = model.module.code.state_dict(), model.module.loss.state_dict()
    found |= {name: of_the_code[own].contiguous() for own, name in (_code(model).weights or {}).items()}
    return found | {name: of_the_loss[own].contiguous() for own, name in _loss(model).weights.items()}


def _code(model: Model) -> TorchCode:
    """The code's lines; none where only layers before it have been trained."""
    if model.depth < model.module.depth:
        return TorchCode()
    hidden = model.module.span(0, model.depth)[-1].out_shape
    return model.run.code.in_torch(hidden, model.module.code)


def _loss(model: Model) -> TorchLayers:
    return model.run.loss.built_in_torch(model.module.loss)


def _written(model: Model) -> list[tuple[Stage, TorchSource]]:
    stages = model.module.span(0, model.depth)
    return [(stage, stage.in_torch(number)) for number, stage in enumerate(stages, start=1)]


def _returning(lines: list[str]) -> list[str]:
    """The last line returns what it would have named."""
    return [*lines[:-1], f"return {lines[-1].removeprefix('x = ')}"]


def _body(lines: list[str]) -> str:
    return "\n".join(_broken(line) for line in lines)


def _broken(line: str) -> str:
    """The line, indented; a call that is too long as formatters break it. What is no single call stays as it is."""
    begin, _, rest = line.partition("(")
    depth, single = 1, line.endswith(")")
    for character in rest[:-1]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        single &= depth > 0
    if len(INDENT + line) <= WIDTH or not single:
        return INDENT + line
    return f"{INDENT}{begin}(\n{INDENT}    {rest.removesuffix(')')}\n{INDENT})"
