"""What the tags of a template may be: facts by name, rows of a list, and conditions on them.

A template comes from people. Whatever could call, import, build or read anything else is refused
while the tags are parsed; the sandbox in which they run is the second wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jinja2 import Environment, nodes

from models.messages import UserError

DEEPEST = 2  # a loop in a loop; a third would multiply for nothing
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Const,
)
_LOOP = frozenset({"first", "last", "index", "length"})


@dataclass(slots=True)
class Found:
    """The names that a template uses, and those that nobody knows."""

    known: set[str] = field(default_factory=set)
    unknown: dict[str, None] = field(default_factory=dict)  # in their order


def names_in(
    env: Environment, source: str, names: frozenset[str], columns: Mapping[str, frozenset[str]]
) -> Found:
    """Look through a template's XML. Raises UserError for a tag that is more than a name, a loop
    or a condition, and jinja2.TemplateSyntaxError for one that cannot be read."""
    found = Found()
    _Walk(names, columns, found).walk(env.parse(source), {}, 0)
    return found


@dataclass(slots=True)
class _Walk:
    names: frozenset[str]
    columns: Mapping[str, frozenset[str]]
    found: Found

    def walk(self, node: nodes.Node, rows: Mapping[str, str], depth: int) -> None:
        """`rows` are the names of loops around the node, each with its list."""
        match node:
            case nodes.For():
                self._loop(node, rows, depth)
            case nodes.Getattr(node=nodes.Name(name=base), attr=attr):
                self._part(base, attr, rows)
            case nodes.Name(name=name):
                self._name(name, rows)
            case _ if type(node) in _PLAIN:
                for child in node.iter_child_nodes():
                    self.walk(child, rows, depth)
            case _:
                raise UserError("document.code")

    def _loop(self, node: nodes.For, rows: Mapping[str, str], depth: int) -> None:
        match node:
            case nodes.For(target=nodes.Name(name=row), iter=nodes.Name(name=of), recursive=False):
                pass
            case _:
                raise UserError("document.code")
        if depth >= DEEPEST:
            raise UserError("document.deep")
        if of in self.columns:
            self.found.known.add(of)
        else:
            self.found.unknown[of] = None
        for child in _inside(node):
            self.walk(child, {**rows, row: of}, depth + 1)

    def _part(self, base: str, attr: str, rows: Mapping[str, str]) -> None:
        if base == "loop" and rows:
            known = attr in _LOOP
        else:
            known = attr in self.columns.get(rows.get(base, ""), ())
        if attr.startswith("_"):
            raise UserError("document.code")
        if known and base != "loop":
            self.found.known.add(f"{rows[base]}.{attr}")
        elif not known:
            self.found.unknown[f"{base}.{attr}"] = None

    def _name(self, name: str, rows: Mapping[str, str]) -> None:
        if name.startswith("_"):
            raise UserError("document.code")
        if name in self.names or name in self.columns:
            self.found.known.add(name)
        elif name not in rows:
            self.found.unknown[name] = None


def _inside(node: nodes.For) -> Iterator[nodes.Node]:
    yield from node.body
    yield from node.else_
    if node.test is not None:
        yield node.test
