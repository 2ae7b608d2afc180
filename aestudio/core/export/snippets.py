"""The few lines that run an exported file, in the languages that people run it from."""

from __future__ import annotations

import json
from math import prod

import torch

from aestudio.core.export.format import Snippet, Subject
from aestudio.core.export.graph import NAMES
from aestudio.core.export.pieces import given_shape, told
from aestudio.core.parts.families.network import Condition


def for_onnx(name: str, subject: Subject) -> tuple[Snippet, ...]:
    """Python, C++ and JavaScript with onnxruntime, for a file of this name."""
    given, made = NAMES[subject.part]
    size = given_shape(subject.model, subject.part)
    path, shape, count = _quoted(name), _listed((1, *size)), _listed((1, *size), " * ")
    about, ready, back = _axes(subject), *_padding(subject, "np.pad")
    beside = told(subject.model, subject.part)
    names = (given, *(one.name for one in beside))
    fed_in_cpp = "inputs" if beside else "&input"
    fed, quoted = (", ".join(form.format(name) for name in names) for form in ('"{0}": {0}', '"{}"'))
    python = (
        "import numpy as np, onnxruntime",
        f"session = onnxruntime.InferenceSession({path})",
        f"# {about}",
        f"{given} = np.zeros(({shape}), np.float32)",
        *(
            f"{one.name} = np.full({_size(one, subject)}, {float(one.default)}, np.float32)  # {_of(one)}"
            for one in beside
        ),
        *ready,
        *_padding_maps(subject, "np.pad"),
        f'({made},) = session.run(["{made}"], {{{fed}}})',
        *back,
    )
    cpp = (
        "#include <onnxruntime_cxx_api.h>",
        "Ort::Env env;",
        f"Ort::Session session{{env, ORT_TSTR({path}), Ort::SessionOptions{{}}}};",
        f"// {about}",
        f"std::vector<float> {given}({count});",
        f"std::vector<int64_t> shape{{{shape}}};",
        "auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);",
        *_inputs_in_cpp(given, beside, subject),
        f'const char *from[] = {{{quoted}}}, *to[] = {{"{made}"}};',
        f"auto output = session.Run(Ort::RunOptions{{}}, from, {fed_in_cpp}, {len(names)}, to, 1);",
        f"const float* {made} = output[0].GetTensorData<float>();",
    )
    javascript = (
        'import * as ort from "onnxruntime-web";  // in Node.js also "onnxruntime-node"',
        f"const session = await ort.InferenceSession.create({path});",
        f"// {about}",
        f'const {given} = new ort.Tensor("float32", new Float32Array({count}), [{shape}]);',
        *(
            f'const {one.name} = new ort.Tensor("float32", new Float32Array({prod(_size(one, subject))})'
            f".fill({float(one.default)}), [{_listed(_size(one, subject))}]);  // {_of(one)}"
            for one in beside
        ),
        f"const {{ {made} }} = await session.run({{ {', '.join(names)} }});",
        f"console.log({made}.dims, {made}.data);",
    )
    return tuple(
        Snippet(language, "\n".join(lines))
        for language, lines in (("Python", python), ("C++", cpp), ("JavaScript", javascript))
    )


def for_pt2(name: str, subject: Subject) -> tuple[Snippet, ...]:
    """Python with torch, for a file of this name."""
    given, made = NAMES[subject.part]
    beside = told(subject.model, subject.part)
    ready, back = _padding(subject, "torch.nn.functional.pad")
    lines = (
        "import torch",
        f"program = torch.export.load({_quoted(name)}).module()",
        f"# {_axes(subject)}",
        f"{given} = torch.zeros({_listed((1, *given_shape(subject.model, subject.part)))})",
        *(f"{one.name} = torch.full({_size(one, subject)}, {float(one.default)})  # {_of(one)}" for one in beside),
        *ready,
        *_padding_maps(subject, "torch.nn.functional.pad"),
        f"{made} = program({', '.join((given, *(one.name for one in beside)))})",
        *back,
    )
    return (Snippet("Python", "\n".join(lines)),)


def for_safetensors(name: str, tensor: str) -> tuple[Snippet, ...]:
    """Python with safetensors; `tensor` is one of the weights."""
    lines = (
        "from safetensors.torch import load_file",
        f"weights = load_file({_quoted(name)})  # tensors by name",
        f'print(weights["{tensor}"].shape)',
    )
    return (Snippet("Python", "\n".join(lines)),)


def for_script(*, free: bool) -> tuple[Snippet, ...]:
    """The command line in the folder, and the module."""
    shell = (
        "python autoencoder.py denoise IN.png OUT.png",
        "python autoencoder.py encode IN.png code.npy",
        "python autoencoder.py decode code.npy OUT.png",
    )
    python = (
        f"from autoencoder import {'denoise, ' if free else ''}load, read_image, write_image",
        "model = load()",
        f'write_image({"denoise(model, " if free else "model("}read_image("IN.png")), "OUT.png")',
    )
    return Snippet("Shell", "\n".join(shell)), Snippet("Python", "\n".join(python))


def _size(one: Condition, subject: Subject) -> tuple[int, ...]:
    """Of what is told of one image."""
    return one.shape(torch.empty(1, *subject.model.shape, device="meta"))


def _of(one: Condition) -> str:
    return f"{one.label}, of each {'pixel' if one.is_map else 'image'}"


def _inputs_in_cpp(given: str, beside: tuple[Condition, ...], subject: Subject) -> tuple[str, ...]:
    values = f"    memory, {given}.data(), {given}.size(), shape.data(), shape.size())"
    if not beside:
        return "auto input = Ort::Value::CreateTensor<float>(", f"{values};"
    numbers, more = list[str](), list[str]()
    for one in beside:
        size, name = _size(one, subject), one.name
        numbers.append(f"std::vector<float> {name}({prod(size)}, {float(one.default)}f);  // {_of(one)}")
        numbers.append(f"std::vector<int64_t> {name}_shape{{{_listed(size)}}};")
        tensor = f"memory, {name}.data(), {name}.size(), {name}_shape.data(), {name}_shape.size()"
        more.append(f"    Ort::Value::CreateTensor<float>({tensor}),")
    return (
        *numbers,
        "Ort::Value inputs[] = {Ort::Value::CreateTensor<float>(",
        f"{values},",
        *more[:-1],
        f"{more[-1].removesuffix(',')}}};",
    )


def _axes(subject: Subject) -> str:
    """What the input's numbers are."""
    sizes, (given, _) = subject.sizes, NAMES[subject.part]
    if subject.part == "decoder":
        return f"{given}: {'[batch, channels, height, width]' if sizes.free else '[batch, units]'}"
    about = f"{given}: [batch, channels, height, width] in [0, 1]"
    if not sizes.free:
        return about
    if not any(sizes.rest):
        return f"{about}, sizes are multiples of {sizes.step}"
    return f"{about}, sizes are {sizes.height} and {sizes.width} plus multiples of {sizes.step}"


def _padding(subject: Subject, function: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lines of Python that bring an image of any size to one that is taken, and those that crop the result."""
    sizes = subject.sizes
    if not sizes.free or subject.part == "decoder":
        return (), ()
    down, right = (
        f"{f'({rest} - {axis})' if rest else f'-{axis}'} % {sizes.step}"
        for axis, rest in zip(("height", "width"), sizes.rest, strict=True)
    )
    ready = (
        "height, width = image.shape[2:]",
        f"down, right = {down}, {right}",
        f"image = {function}(image, {_pads(function)})",
    )
    back = ("reconstruction = reconstruction[:, :, :height, :width]",) if subject.part == "autoencoder" else ()
    return ready, back


def _padding_maps(subject: Subject, function: str) -> tuple[str, ...]:
    """Lines of Python that do the same with maps."""
    if not _padding(subject, function)[0]:
        return ()
    maps = [one.name for one in told(subject.model, subject.part) if one.is_map]
    return tuple(f"{name} = {function}({name}, {_pads(function)})" for name in maps)


def _pads(function: str) -> str:
    edge = '((0, 0), (0, 0), (0, down), (0, right)), "edge"'
    return edge if function == "np.pad" else '(0, right, 0, down), mode="replicate"'


def _quoted(name: str) -> str:
    """A string literal of all these languages."""
    return json.dumps(name, ensure_ascii=False)


def _listed(sizes: tuple[int, ...], between: str = ", ") -> str:
    return between.join(map(str, sizes))
