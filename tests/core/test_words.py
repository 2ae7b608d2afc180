"""No sentence for a person is glued together: looked for in the syntax trees of the whole program.

What is looked at is the first word of everything that a person reads: the template of an error, a Text, `say` or
`plural`; the label, unit and tip of a knob; a declared word of a class; and in the window whatever is set as a text,
title or tooltip or sent to be shown. Found are f-strings, `+`, `%`, `.format`, `.join`, `.lower()` and the like in
them, in the local names and in the functions of the same file that they are taken from; and values that a template
names and nobody gives.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest

from tests import texts
from tests.texts import DECLARED, SAYING, errors, has_words, literals, name, templates, trees

SURGERY = {"format", "format_map", "join", "lower", "upper", "capitalize", "title", "swapcase", "casefold", "replace"}
"""Methods of a str that make a sentence out of pieces, or another word of a word."""
WIDGETS = {
    *("setText", "setToolTip", "setStatusTip", "setWhatsThis", "setWindowTitle", "setTitle", "setPlaceholderText"),
    *("setAccessibleName", "setAccessibleDescription", "setPrefix", "setSuffix", "setSpecialValueText", "setLabelText"),
    *("QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QToolButton", "QAction", "QGroupBox", "QListWidgetItem"),
    *("addAction", "addMenu", "addTab", "addItem", "showMessage", "TextButton", "IconButton", "label"),
}
"""Calls of the window whose strings are read by a person."""
SIGNALS = {"told", "failed", "warned", "refused", "doing", "said"}
"""Signals that carry a sentence: `self.told.emit(…)`."""
MACHINE = {
    "aestudio/commands/completion.py": "lines of scripts for shells",
    "aestudio/core/export/formats/script.py": "the comments of a program that is written",
    "aestudio/core/export/onnx_words.py": "what an ONNX file says of itself, in the language of its format",
    "aestudio/core/export/plain_torch.py": "lines of that program",
    "aestudio/core/export/run_script.py": "the arguments that it is tried with",
    "aestudio/core/export/snippets.py": "comments of lines of code",
    "aestudio/core/ground/compute.py": "what a model file says of the machine",
    "aestudio/core/run/history.py": "the columns of a table of numbers",
    "aestudio/core/training/every.py": "how often checkpoints are taken, as the command line and files have it",
    "aestudio/core/training/tensorboard.py": "names of TensorBoard's curves, and its own pages in Markdown",
    "aestudio/qt/theme.py": "names of fonts and of a style",
}
"""Files whose words are made for a file or another program."""

ENGINEERS = {"TypeError", "ValueError", "AssertionError", "NotImplementedError", "TarError"}
"""Errors that no person sees as they are."""
WORDS = re.compile(r"[^\W\d_]{2,}[,:;]? [^\W\d_]{2,}")
LABEL = re.compile(r"[A-Z][a-z]+( .*|…)?")
CODE = re.compile(r"[<>=_{}\[\]\\]|\b[A-Z]{4,}\b|\w\(|^aestudio: |^AEStudio ")


class Trees:
    """One file: its functions by name, and what is assigned to names in each of them."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, list[ast.FunctionDef]] = {}
        self.scope: dict[int, ast.AST] = {}
        self._place(tree, tree)

    def _place(self, node: ast.AST, scope: ast.AST) -> None:
        self.scope[id(node)] = scope
        if isinstance(node, ast.FunctionDef):
            self.functions.setdefault(node.name, []).append(node)
            scope = node
        for child in ast.iter_child_nodes(node):
            self._place(child, scope)

    def assigned(self, of: ast.Name) -> Iterator[ast.expr]:
        """What a local name may hold; `+=` is gluing itself."""
        for node in ast.walk(self.scope[id(of)]):
            match node:
                case ast.Assign(targets=targets, value=value) if of.id in map(name, targets):
                    yield value
                case ast.AnnAssign(target=target, value=ast.expr() as value) if name(target) == of.id:
                    yield value
                case ast.NamedExpr(target=target, value=value) if name(target) == of.id:
                    yield value
                case ast.AugAssign(target=target, op=op, value=value) if name(target) == of.id:
                    yield ast.copy_location(ast.BinOp(target, op, value), node)

    def returned(self, called: ast.expr) -> Iterator[ast.expr]:
        """What a function of this file gives, called by its name or as a method of its own object."""
        own = isinstance(called, ast.Name) or name(called.value) in ("self", "cls")  # type: ignore[attr-defined]
        for function in self.functions.get(name(called), ()) if own else ():
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value and self.scope[id(node)] is function:
                    yield node.value


def glued(node: ast.expr, trees: Trees, seen: set[int], *, value: bool = False) -> Iterator[ast.expr]:
    """Every place where a sentence is made out of pieces in an expression; in a value of a template words may be listed
    and written otherwise.
    """
    if id(node) in seen:
        return
    seen.add(id(node))
    inner: list[ast.expr] = []
    match node:
        case ast.JoinedStr():
            said = "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant))
            if re.search(r"[^\W\d_]", said) and (" " in said or not value):
                yield node
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            if _is_text(node.left) or _is_text(node.right):
                yield node
            else:
                inner = [node.left, node.right]
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value="\n"))):
            pass  # lines one below the other
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in SURGERY:
            if not value:
                yield node
        case ast.Call(func=ast.Name(id="str")):
            inner = node.args
        case ast.Call(func=ast.Name() | ast.Attribute() as called):
            inner = list(trees.returned(called))
        case ast.IfExp():
            inner = [node.body, node.orelse]
        case ast.BoolOp():
            inner = node.values
        case ast.Subscript():
            inner = [node.value]
        case ast.Name():
            inner = list(trees.assigned(node))
    for one in inner:
        yield from glued(one, trees, seen, value=value)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def shown(tree: ast.Module, saying: set[str], *, window: bool) -> Iterator[ast.expr]:
    """Everything that a person reads."""
    for one in templates(tree, saying) if saying else ():
        yield from one
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = name(node.func)
            if called in ("report", "Warned") or ast.unparse(node.func).endswith("console.print"):
                yield from node.args[:1]
            elif window and (called in WIDGETS or (called == "emit" and _signal(node.func) in SIGNALS)):
                yield from node.args


def bare(tree: ast.Module, *, window: bool) -> Iterator[str]:
    """Words that are shown as they stand in the program, and looked up nowhere."""
    for node in shown(tree, set(), window=window):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"[A-Z]\w*[a-z]| \w", node.value)
        ):
            yield f"line {node.lineno}: {node.value!r} is not looked up; write say(…)"


def stray(tree: ast.Module, saying: set[str], *, window: bool) -> Iterator[str]:
    """Words that are put together apart from all texts, and in the window words that are none: a second net, with
    wider holes for code and markup.
    """
    known = saying | {"knob", "Action", "Literal", "seed_for"} | ENGINEERS
    apart: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                apart.add(id(docstring))
            case ast.Call(func=called) | ast.Subscript(value=called) if name(called) in known:
                apart |= set(map(id, ast.walk(node)))
            case ast.AnnAssign(target=target) if name(target) in DECLARED | {
                "source",
                "citation",
                "equation",
                "term",
            }:
                apart |= set(map(id, ast.walk(node)))
            case ast.FunctionDef(name="lacks" | "lacks_as_family"):  # what a new member lacks is told to who writes it
                apart |= set(map(id, ast.walk(node)))
            case ast.JoinedStr(values=parts):
                apart |= set(map(id, parts))
    for node in ast.walk(tree):
        if id(node) in apart:
            continue
        if isinstance(node, ast.JoinedStr):
            said = "".join(str(one.value) if isinstance(one, ast.Constant) else "xx" for one in node.values)
            own = "".join(str(one.value) for one in node.values if isinstance(one, ast.Constant))
            if WORDS.search(said) and re.search(r"[^\W\d_]{2,}", own) and not CODE.search(own):
                yield f"line {node.lineno}: {said!r} is no text"
        elif window and isinstance(node, ast.Constant) and isinstance(node.value, str):
            said = node.value
            if (WORDS.search(said) or LABEL.fullmatch(said)) and not CODE.search(said):
                yield f"line {node.lineno}: {said!r} is no text"


def spoken(node: ast.expr, trees: Trees, seen: set[int]) -> Iterator[ast.Constant]:
    """Words of the program that are a value as they stand, themselves or by a local name."""
    if id(node) in seen:
        return
    seen.add(id(node))
    inner: list[ast.expr] = []
    match node:
        case ast.Constant(value=str() as said) if re.search(r"[^\W\d_]{2}", said):
            yield node
        case ast.IfExp():
            inner = [node.body, node.orelse]
        case ast.BoolOp():
            inner = node.values
        case ast.Name():
            inner = list(trees.assigned(node))
    for one in inner:
        yield from spoken(one, trees, seen)


def values(tree: ast.Module, saying: set[str]) -> Iterator[ast.expr]:
    """What is filled in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name(node.func) in saying:
            yield from (one.value for one in node.keywords if one.arg != "context")


def _signal(func: ast.expr) -> str:
    return name(func.value) if isinstance(func, ast.Attribute) else ""


def missing_values(tree: ast.Module, saying: set[str]) -> Iterator[str]:
    """Values that a template names and nobody gives, and values that no template shows."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and name(node.func) in saying and node.args):
            continue
        given = {one.arg for one in node.keywords}
        if None in given or (not (given - {"context"}) and name(node.func) != "plural"):
            continue  # **values; or no values, and then nothing is filled in
        wanted = {
            field.partition(".")[0].partition("[")[0]
            for one in (node.args[:2] if name(node.func) == "plural" else node.args[:1])
            for text in literals(one)
            for _, field, _, _ in Formatter().parse(text)
            if field is not None
        }
        known = given - {"context"} | ({"count"} if name(node.func) == "plural" else set())
        if literals(node.args[0]) and (wanted - known or given - {"context"} - wanted):
            yield f"line {node.lineno}: {sorted(wanted)} are named and {sorted(filter(None, given))} given"


@cache
def of_the_program() -> frozenset[str]:
    """The names of all errors of the program."""
    return frozenset(errors(trees().values()))


def problems(source: str, *, window: bool = False) -> list[str]:
    """What is wrong in one file, each with its line."""
    tree = ast.parse(source)
    saying = (SAYING | errors([tree], of_the_program())) - {"Phase"}
    known, seen = Trees(tree), set[int]()
    found = [one for node in shown(tree, saying, window=window) for one in glued(node, known, seen)]
    found += [one for node in values(tree, saying) for one in glued(node, known, seen, value=True)]
    found += [one for node in values(tree, saying) for one in spoken(node, known, set())]
    lines = {(one.lineno, ast.unparse(one)) for one in found}
    cut = [f"line {line}: {said}" for line, said in sorted(lines)]
    return [*cut, *bare(tree, window=window), *missing_values(tree, saying)]


def problems_of(path: str) -> list[str]:
    window = path.startswith("aestudio/qt/")
    found = problems((texts.ROOT / path).read_text(encoding="utf-8"), window=window)
    apart = [] if path in MACHINE else stray(trees()[path], SAYING | of_the_program(), window=window)
    return [*found, *apart]


@pytest.mark.parametrize("path", trees())
def test_no_sentence_is_glued_together(path: str) -> None:
    assert problems_of(path) == []


@pytest.mark.parametrize(
    "source",
    [
        'raise RunError(f"There is no {name}.")',
        'raise RunError("There is no " + name)',
        'raise RunError("There is no %s." % name)',
        'raise RunError("There is no {}.".format(name))',
        'raise errors.DataError(", ".join(names))',
        'class OddError(RunError): pass\nraise OddError(f"{count} runs")',
        'said = "No model" if no else f"{count} models"\nraise RunError(said)',
        'def f():\n    said = "One"\n    said += " more"\n    raise RunError(said)',
        'def _why(n):\n    return f"{n} are too many."\ndef f():\n    raise RunError(_why(3))',
        'class A:\n    def why(self):\n        return "x" + self.y\n    def f(self):\n        say(self.why())',
        "Text(title.lower())",
        "say(reason.capitalize())",
        'plural(f"{n} unit", "{count} units", n)',
        'plural("{count} unit", "unit" + "s", n)',
        'x: int = knob(1, f"Layer {n}")',
        'x: int = knob(1, "Layer", tip="At most " + str(n))',
        'class A:\n    title: ClassVar[str] = f"{KIND} noise"',
        'report(f"Reading {name}", None)',
        'self._console.print(f"Wrote {path}")',
        'raise RunError("There is no {name}.", nane=name)',
        'raise RunError("There is no {name}.", name=name, other=1)',
        'raise RunError("There is {what}.", what="nothing")',
        'what = "one" if one else "none"\nraise RunError("There is {what}.", what=what)',
        'raise RunError("{what} too many.", what=f"{n} models")',
        'report("Reading the files", 0.5)',
        'Warned(f"{error} Training goes on.")',
    ],
)
def test_gluing_is_found(source: str) -> None:
    assert problems(source)


@pytest.mark.parametrize(
    "source",
    [
        'raise RunError("There is no {name}.", name=name)',
        'raise RunError("one" if few else "{n} others", n=n)',
        "say(member.title)",
        'plural("{count} unit", "{count:,} units", n)',
        'raise RunError("{why}", why=listed(names))',
        'say("{size}", size=f"{width}×{height}")',
        'raise RunError("Braces {} are braces.")',
        'raise TypeError(f"for engineers: {name}")',
        'class A:\n    title: ClassVar[str] = "Noise"',
        'x: int = knob(1, "Layer", tip="One" " and the same.")',
    ],
)
def test_templates_with_values_are_left_alone(source: str) -> None:
    assert problems(source) == []


@pytest.mark.parametrize(
    "source",
    [
        'button.setText(f"{n} runs")',
        'button.setToolTip("Open " + name)',
        'self.told.emit(f"Opened {path.name}")',
        'QLabel("Runs: %d" % n)',
        'QLabel("Runs")',
        "menu.addAction(title.lower())",
    ],
)
def test_gluing_in_the_window_is_found_and_nowhere_else(source: str) -> None:
    assert problems(source, window=True)
    assert problems(source) == []


def test_the_list_of_texts_is_current() -> None:
    assert texts.TEMPLATE.read_text(encoding="utf-8") == str(texts.catalogue()), "run python -m tests.texts"


def test_the_list_holds_words_of_every_kind() -> None:
    listed = {entry.msgid: entry for entry in texts.catalogue()}
    assert {
        "There is no recipe or .toml file {name!r}; {near}",  # an error
        "Gaussian noise",  # a title
        "Independent normal noise of standard deviation σ on every value; the result is not clipped to [0, 1].",
        "Noise σ",  # a label
        "Sparse autoencoder, KL",  # a recipe
        "train a recipe without a window",  # the command line
        "each channel",  # a choice
        "&Undo",  # an action
        "Undo the last change of the settings",  # the tip of one
        "Enlarge the sample",  # what a widget answers to
    } <= listed.keys()
    assert listed["Hutchinson estimate, {count} probe"].msgid_plural == "Hutchinson estimate, {count} probes"
    assert all(has_words(one) for one in listed)
