"""What the program says, as its source tells it: word keys, patterns of keys, their parameters.

Reads the source and runs nothing of it; knows no catalogue.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("bot", "handlers", "models", "scheduler")
KEY = re.compile(r"[a-z_]+(\.([a-z0-9_-]+|\{\}))+|\{\}(\.([a-z0-9_-]+|\{\}))+")
# Functions whose first argument is a key, with the parameters that they have for themselves or
# add on their own.
SPEAKERS = {
    "Text": frozenset[str](),
    "UserError": frozenset[str](),
    "say": frozenset[str](),
    "reply": frozenset[str](),
    "_named": frozenset({"name"}),
    "Post": frozenset[str](),
    "Door": frozenset[str](),
}
NO_WORDS = frozenset({"rows", "protect"})


@dataclass(frozen=True, slots=True)
class Said:
    """A key that the source names. `names` are its parameters, None where only a run tells;
    holes of an f-string are "{}" in the key."""

    where: str
    key: str
    names: frozenset[str] | None


def sources(*rooms: str) -> list[Path]:
    """The Python files of some rooms, migrations left out."""
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return sorted(path for path in found if "versions" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def calls(path: Path) -> Iterator[tuple[ast.Call, str, ast.AST]]:
    """Every call in a file with the name that is called and the function around it."""
    yield from _calls(tree(path), tree(path))


def _calls(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.Call, str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name | ast.Attribute):
            func = child.func
            yield child, func.id if isinstance(func, ast.Name) else func.attr, scope
        inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
        yield from _calls(child, inner)


@cache
def said() -> tuple[Said, ...]:
    """Everything that the four rooms say."""
    return tuple(found for path in sources(*ROOMS) for found in _said_in(path))


def _said_in(path: Path) -> Iterator[Said]:
    for call, name, scope in calls(path):
        if name in SPEAKERS and call.args:
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            names = _names(call, name, scope)
            for key in sorted(_keys(call.args[0], scope, tree(path))):
                yield Said(where, key, names)


def _keys(node: ast.AST, scope: ast.AST, module: ast.Module) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            found = {text}
        case ast.JoinedStr(values=parts):
            found = {"".join(p.value if isinstance(p, ast.Constant) else "{}" for p in parts)}
        case ast.IfExp(body=one, orelse=other):
            found = _keys(one, scope, module) | _keys(other, scope, module)
        case ast.Name(id=name):
            values = _assigned(scope, name) or _assigned(module, name)
            found = set().union(*(_keys(value, scope, module) for value in values))
        case _:
            found = set()
    return {key for key in found if KEY.fullmatch(key)}


def _names(call: ast.Call, name: str, scope: ast.AST) -> frozenset[str] | None:
    if name == "Text":
        given = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
        if isinstance(given, ast.Name):
            values = _assigned(scope, given.id)
            given = values[0] if len(values) == 1 else given
        return _literal_names(given)
    if name == "Post" or any(word.arg is None for word in call.keywords):
        return None
    return frozenset(str(word.arg) for word in call.keywords) - NO_WORDS | SPEAKERS[name]


def _literal_names(node: ast.AST) -> frozenset[str] | None:
    if not isinstance(node, ast.Dict):
        return None
    names = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    return None if None in names else frozenset(map(str, names))


def _assigned(scope: ast.AST, name: str) -> list[ast.expr]:
    """What a name stands for, by the assignments in a function or at the top of a module."""
    inside = scope.body if isinstance(scope, ast.Module) else ast.walk(scope)
    return [
        node.value
        for node in inside
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == name
    ]


def constants(function: str, position: int = 0) -> set[str]:
    """The texts that stand at one place in the calls of a function."""
    return {
        str(value.value)
        for path in sources(*ROOMS)
        for call, name, _ in calls(path)
        if name == function and len(call.args) > position
        if isinstance(value := call.args[position], ast.Constant)
    }


def entries(key: str) -> set[str]:
    """The texts that dictionaries in the source hold under a key."""
    return {
        str(value.value)
        for path in sources(*ROOMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Dict)
        for name, value in zip(node.keys, node.values, strict=True)
        if isinstance(name, ast.Constant) and name.value == key and isinstance(value, ast.Constant)
    }
