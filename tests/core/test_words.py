"""No sentence for a person is glued together: looked for in the syntax trees of the whole program.

What is looked at is the first word of everything that a person reads: the template of an error, a Text, `say` or
`plural`; the label, unit and tip of a knob; a declared word of a class; and in the window whatever is set as a text,
title or tooltip or sent to be shown. Found are f-strings, `+`, `%`, `.format`, `.join`, `.lower()` and the like in
them, in the local names and in the functions of the same file that they are taken from; and values that a template
names and nobody gives.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from string import Formatter

import pytest

from tests import texts
from tests.texts import SAYING, errors, has_words, literals, name, templates, trees

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
NOT_YET = {
    "aestudio/qt/denoise/batch_dialog.py",
    "aestudio/qt/denoise/desk.py",
    "aestudio/qt/denoise/noise_panel.py",
    "aestudio/qt/denoise/results_table.py",
    "aestudio/qt/denoise/viewer.py",
    "aestudio/qt/denoise/ways_panel.py",
    "aestudio/qt/export_dialog.py",
    "aestudio/qt/help_window.py",
    "aestudio/qt/inspect/gallery.py",
    "aestudio/qt/inspect/overlays.py",
    "aestudio/qt/inspect/panels/contraction.py",
    "aestudio/qt/inspect/panels/filters.py",
    "aestudio/qt/inspect/panels/plane.py",
    "aestudio/qt/inspect/panels/spectrum.py",
    "aestudio/qt/inspect/panels/tangents.py",
    "aestudio/qt/inspect/pictures.py",
    "aestudio/qt/inspect/unit_card.py",
    "aestudio/qt/inspect/vitals.py",
    "aestudio/qt/inspect/walk.py",
    "aestudio/qt/intake.py",
    "aestudio/qt/main_window.py",
    "aestudio/qt/pages/denoise.py",
    "aestudio/qt/pages/explore.py",
    "aestudio/qt/pages/runs.py",
    "aestudio/qt/pages/studies.py",
    "aestudio/qt/preferences.py",
    "aestudio/qt/runs/details.py",
    "aestudio/qt/runs/differences.py",
    "aestudio/qt/runs/picture_grid.py",
    "aestudio/qt/runs/pictures.py",
    "aestudio/qt/runs/run_chooser.py",
    "aestudio/qt/runs/run_curves.py",
    "aestudio/qt/runs/search.py",
    "aestudio/qt/runs/tried_run.py",
    "aestudio/qt/session.py",
    "aestudio/qt/setup_panel.py",
    "aestudio/qt/studies/greedy.py",
    "aestudio/qt/studies/knob_values.py",
    "aestudio/qt/task.py",
    "aestudio/qt/widgets/activation_histogram.py",
    "aestudio/qt/widgets/basics.py",
    "aestudio/qt/widgets/compare_view.py",
    "aestudio/qt/widgets/editors.py",
    "aestudio/qt/widgets/image_panes.py",
    "aestudio/qt/widgets/latent_sliders.py",
    "aestudio/qt/widgets/left_out.py",
    "aestudio/qt/widgets/loss_plot.py",
    "aestudio/qt/widgets/rail.py",
    "aestudio/qt/widgets/scatter_pane.py",
}
"""Files that are not converted yet. It shrinks, and at last is empty."""


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
            if (isinstance(node, ast.Assign) and any(name(one) == of.id for one in node.targets)) or (isinstance(node, ast.AnnAssign | ast.NamedExpr) and name(node.target) == of.id and node.value):
                yield node.value
            elif isinstance(node, ast.AugAssign) and name(node.target) == of.id:
                yield ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)

    def returned(self, called: ast.expr) -> Iterator[ast.expr]:
        """What a function of this file gives, called by its name or as a method of its own object."""
        own = isinstance(called, ast.Name) or name(called.value) in ("self", "cls")  # type: ignore[attr-defined]
        for function in self.functions.get(name(called), ()) if own else ():
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value and self.scope[id(node)] is function:
                    yield node.value


def glued(node: ast.expr, trees: Trees, seen: set[int]) -> Iterator[ast.expr]:
    """Every place where the sentence in an expression is made out of pieces."""
    if id(node) in seen:
        return
    seen.add(id(node))
    match node:
        case ast.JoinedStr():
            said = "".join(one.value for one in node.values if isinstance(one, ast.Constant))
            if any(character.isalpha() for character in said):
                yield node
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            if any(isinstance(one, ast.Constant | ast.JoinedStr) and _is_text(one) for one in (node.left, node.right)):
                yield node
            else:
                yield from glued(node.left, trees, seen)
                yield from glued(node.right, trees, seen)
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value="\n"))):
            pass  # lines one below the other
        case ast.Call(func=ast.Attribute(attr=attr, value=owner)) if attr in SURGERY:
            if not (attr == "title" and node.args == []) or isinstance(owner, ast.Constant):
                yield node
        case ast.Call(func=func):
            for one in trees.returned(func) if isinstance(func, ast.Name | ast.Attribute) else ():
                yield from glued(one, trees, seen)
            if isinstance(func, ast.Name) and func.id == "str":
                for one in node.args:
                    yield from glued(one, trees, seen)
        case ast.IfExp():
            yield from glued(node.body, trees, seen)
            yield from glued(node.orelse, trees, seen)
        case ast.BoolOp():
            for one in node.values:
                yield from glued(one, trees, seen)
        case ast.Subscript(value=ast.Name() | ast.Call() as inner):
            yield from glued(inner, trees, seen)
        case ast.Name():
            for one in trees.assigned(node):
                yield from glued(one, trees, seen)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def shown(tree: ast.Module, saying: set[str], *, window: bool) -> Iterator[ast.expr]:
    """Everything that a person reads."""
    for one in templates(tree, saying):
        yield from one
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = name(node.func)
            if called in ("report", "Warned") or (called == "print" and isinstance(node.func, ast.Attribute) and "console" in ast.unparse(node.func)):
                yield from node.args[:1]
            elif window and (called in WIDGETS or (called == "emit" and _signal(node.func) in SIGNALS)):
                yield from node.args


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


def problems(source: str, *, window: bool = False) -> list[str]:
    """What is wrong in one file, each with its line."""
    tree = ast.parse(source)
    saying = (SAYING | errors([tree, *trees().values()])) - {"Phase"}
    known, seen = Trees(tree), set[int]()
    found = [one for node in shown(tree, saying, window=window) for one in glued(node, known, seen)]
    lines = {(one.lineno, ast.unparse(one)) for one in found}
    return [f"line {line}: {said}" for line, said in sorted(lines)] + list(missing_values(tree, saying))


def problems_of(path: str) -> list[str]:
    return problems((texts.ROOT / path).read_text(encoding="utf-8"), window=path.startswith("aestudio/qt/"))


@pytest.mark.parametrize("path", [path for path in trees() if path not in NOT_YET])
def test_no_sentence_is_glued_together(path: str) -> None:
    assert problems_of(path) == []


def test_what_is_not_converted_yet_lies_in_the_window_and_needs_it() -> None:
    assert all(path.startswith("aestudio/qt/") for path in NOT_YET)
    assert [path for path in sorted(NOT_YET) if path not in trees() or not problems_of(path)] == []


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
        'class A:\n    def why(self):\n        return "x" + self.y\n    def f(self):\n        raise RunError(self.why())',
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
        "Adds independent normal noise to every pixel; the clean image should come out.",  # a tooltip
        "Standard deviation σ",  # a label
        "Sparse autoencoder, KL",  # a recipe
        "train a recipe without a window",  # the command line
        "each channel",  # a choice
    } <= listed.keys()
    assert listed["Hutchinson estimate, {count} probe"].msgid_plural == "Hutchinson estimate, {count} probes"
    assert all(has_words(one) for one in listed)
