"""Make mutants of a module: each is one small mistake that somebody might make in it.

Comparisons, `and`/`or`/`not`, conditions, constants, arithmetic and set operations, returned
values, elements of displays, arguments, statements, and pairs of names such as any/all. Texts for
people are left as they are (docstrings, prose, what an exception says), and so are annotations,
names of types, decorators, imports, `__all__` and the citations in `PARAGRAPHS`: a mutant there
would change no decision.
"""

import ast
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

__all__ = ["Mutant", "mutants_of"]

_COMPARED = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
}
_NAMES = {
    one: other
    for pair in (
        ("any", "all"),
        ("min", "max"),
        ("startswith", "endswith"),
        ("removeprefix", "removesuffix"),
        ("partition", "rpartition"),
        ("isdisjoint", "issuperset"),
        ("union", "intersection"),
        ("fullmatch", "match"),
    )
    for one, other in (pair, pair[::-1])
}
_PROSE = re.compile(r"[ ,;:][a-z]|[a-z] |\n")
"""Markings, tokens and names hold no lower-case word beside a space; what people read does."""

_SHOWN = 80
"""Longer texts are shown where they differ, with so many characters around."""
_CONTEXT = 12


@dataclass(slots=True)
class Mutant:
    """One mistake in a module."""

    path: str
    unit: str
    """The function or method that it lies in; empty outside of all."""
    lines: tuple[int, int]
    """Where that function stands, its first decorator included."""
    was: str
    becomes: str
    number: int
    """Which of several of the same words."""
    tree: ast.Module
    place: tuple[ast.AST, str, int | None]
    node: ast.AST

    @property
    def id(self) -> str:
        """What the mutant is called: it stays the same while its function does."""
        nth = f" ({self.number})" if self.number > 1 else ""
        return f"{self.path} {self.unit or 'module'}: {self.was} -> {self.becomes}{nth}"

    def compiled(self) -> CodeType:
        """Return the code of the whole module with the mistake in it."""
        original = _put(self.place, self.node)
        try:
            return compile(self.tree, self.path, "exec")
        finally:
            _put(self.place, original)


def mutants_of(path: Path, shown: str) -> Iterator[Mutant]:
    """Yield the mutants of a file, called `shown`, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    counted: dict[tuple[str, str, str], int] = {}
    for place, unit, lines, node in _walk(tree, "", (0, 0)):
        for other in _mistakes(node):
            ast.copy_location(other, node)
            ast.fix_missing_locations(other)
            was, becomes = _text(node, other)
            nth = counted[unit, was, becomes] = counted.get((unit, was, becomes), 0) + 1
            if not _is_dropped(place, node):
                yield Mutant(shown, unit, lines, was, becomes, nth, tree, place, other)


_Place = tuple[ast.AST, str, int | None]


def _walk(
    parent: ast.AST, unit: str, lines: tuple[int, int]
) -> Iterator[tuple[_Place, str, tuple[int, int], ast.AST]]:
    """Yield each node that may be mutated, with its place and the outermost function around it."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or _says_nothing(parent, node):
                continue
            inner, span = unit, lines
            if isinstance(node, ast.ClassDef) and not lines[0]:
                inner = node.name
            elif isinstance(parent, ast.FunctionDef) and name == "body" and not lines[0]:
                inner = f"{unit}.{parent.name}".lstrip(".")
                first = min(one.lineno for one in (parent, *parent.decorator_list))
                span = first, parent.end_lineno or first
            yield (parent, name, index), inner, span, node
            yield from _walk(node, inner, span)


def _is_dropped(place: _Place, node: ast.AST) -> bool:
    """Tell a word that is dropped with its entry: to write it wrongly is the same mistake."""
    parent, name, _ = place
    is_entry = isinstance(parent, ast.Tuple | ast.List | ast.Set) or name == "keys"
    return is_entry and isinstance(node, ast.Constant) and isinstance(node.value, str)


def _says_nothing(parent: ast.AST, node: ast.AST) -> bool:
    """Tell what no decision depends on: imports, docstrings, texts, `__all__`, type checking."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.expr_context():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Constant(value=str(text)) | ast.Constant(value=None as text):
            return text is None or bool(_PROSE.search(text))
        case ast.JoinedStr(values=parts):
            texts = (one.value for one in parts if isinstance(one, ast.Constant))
            return any(_PROSE.search(text) for text in texts)
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.AnnAssign(target=ast.Name(id="PARAGRAPHS")):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call() | ast.BinOp() if isinstance(parent, ast.Raise):
            return True
        case ast.Subscript(value=ast.Name(id="Annotated" | "dict" | "tuple" | "list")):
            return True
        # A name for several types, or for any, is asked for by the checker of types alone.
        case ast.BinOp(op=ast.BitOr()) if isinstance(parent, ast.Assign):
            return any(isinstance(one, ast.Name) and one.id == "int" for one in ast.walk(node))
        case ast.Call(func=ast.Name(id="TypeVar")):
            return True
    return False


def _mistakes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what might stand in the place of a node."""
    match node:
        case ast.Compare(ops=[operator]):
            for other in _COMPARED[type(operator)]:
                yield _with(node, ops=[other()])
        case ast.BoolOp(op=operator, values=values):
            yield _with(node, op=ast.And() if isinstance(operator, ast.Or) else ast.Or())
            for rest in _shorter(values):
                yield _with(node, values=rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(op=operator, left=left, right=right):
            if type(operator) in _COMPUTED:
                yield _with(node, op=_COMPUTED[type(operator)]())
            yield from (left, right)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(number)):
            yield ast.Constant(number + 1)
        case ast.Constant(value=str(text)):
            yield ast.Constant(f"{text}XX")
        case ast.JoinedStr(values=parts):
            for index, part in enumerate(parts):
                if isinstance(part, ast.Constant):
                    changed = [*parts]
                    changed[index] = ast.copy_location(ast.Constant(f"{part.value}XX"), part)
                    yield _with(node, values=changed)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield _with(node, test=_negated(test))
        case ast.comprehension(ifs=[_, *_] as conditions):
            for rest in _shorter(conditions):
                yield _with(node, ifs=rest)
            for index, one in enumerate(conditions):
                changed = [*conditions]
                changed[index] = _negated(one)
                yield _with(node, ifs=changed)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
                for rest in _shorter(elements):
                    yield (
                        _with(node, elts=rest)
                        if rest or not isinstance(node, ast.Set)
                        else (ast.Call(ast.Name("set", ast.Load()), [], []))
                    )
        case ast.Dict(keys=keys, values=values):
            for index in range(len(keys)):
                rest = [*range(index), *range(index + 1, len(keys))]
                yield _with(
                    node, keys=[keys[one] for one in rest], values=[values[one] for one in rest]
                )
        case ast.Call(args=arguments, keywords=keywords):
            if len(arguments) > 1:
                yield _with(node, args=arguments[:-1])
            for rest in _shorter(keywords):
                yield _with(node, keywords=rest)
            yield from _renamed(node)
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield _with(node, value=ast.Constant(None))
        case ast.match_case():
            yield _with(node, body=[ast.copy_location(ast.Pass(), node.body[0])])
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]):
            yield ast.Pass()
        case ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()


def _renamed(call: ast.Call) -> Iterator[ast.AST]:
    match call.func:
        case ast.Name(id=name) if name in _NAMES:
            yield _with(call, func=ast.Name(_NAMES[name], ast.Load()))
        case ast.Attribute(attr=name) if name in _NAMES:
            yield _with(call, func=_with(call.func, attr=_NAMES[name]))


def _negated(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _shorter(nodes: list) -> Iterator[list]:
    """Yield a list without each of its entries in turn."""
    for index in range(len(nodes)):
        yield [*nodes[:index], *nodes[index + 1 :]]


def _with(node: ast.AST, **changes: object) -> ast.AST:
    other = copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _put(place: _Place, node: ast.AST) -> ast.AST:
    """Put a node in a place, and return the one that stood there."""
    parent, name, index = place
    if index is None:
        before = getattr(parent, name)
        setattr(parent, name, node)
        return before
    before = getattr(parent, name)[index]
    getattr(parent, name)[index] = node
    return before


def _text(node: ast.AST, other: ast.AST) -> tuple[str, str]:
    """Say what stood there and what stands there, each on one line."""
    if isinstance(node, ast.If | ast.While):
        node, other = node.test, other.test
    if isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}", "pass"
    if isinstance(node, ast.comprehension):
        return ast.unparse(node).strip(), ast.unparse(other).strip()
    was, becomes = (" ".join(ast.unparse(one).split()) for one in (node, other))
    if len(was) <= _SHOWN:
        return was, becomes
    before = max(_alike(was, becomes) - _CONTEXT, 0)
    after = max(_alike(was[before:][::-1], becomes[before:][::-1]) - _CONTEXT, 0)
    was, becomes = (f"..{text[before : len(text) - after]}.." for text in (was, becomes))
    return was, becomes


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
