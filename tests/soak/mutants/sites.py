"""Mutants of a Python file: small changes that make another program of it, which some test should refuse.

Left alone: docstrings and other texts, annotations, decorators, imports, what only a type checker reads, assertions, that pairs are strict,
and all that makes up the text of an error. A change keeps the number of lines, so that whatever follows stays where it was.
"""

import ast
import dataclasses

ARITHMETIC: dict[type, str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "/", ast.Mod: "*", ast.Pow: "*", ast.MatMult: "*",
    ast.BitOr: "&", ast.BitAnd: "|",
}  # fmt: skip
SIGNS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.MatMult: "@",
    ast.BitOr: "|", ast.BitAnd: "&",
}  # fmt: skip
COMPARED: dict[type, tuple[str, ...]] = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"), ast.Eq: ("!=",), ast.NotEq: ("==",),
    ast.In: ("not in",), ast.NotIn: ("in",), ast.Is: ("is not",), ast.IsNot: ("is",),
}  # fmt: skip
COMPARISONS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip
TWINS = (("min", "max"), ("minimum", "maximum"), ("argmin", "argmax"), ("any", "all"), ("floor", "ceil"), ("zeros_like", "ones_like"))
OTHER_NAME = {one: other for pair in TWINS for one, other in (pair, pair[::-1])}
BOUNDS = {"gt": "ge", "ge": "gt", "lt": "le", "le": "lt"}
UNSWAPPED = {"isinstance", "getattr", "hasattr", "min", "max", "minimum", "maximum"}
"""Functions whose arguments do not change places: it would be an error at once, or no change at all."""
ASSERTED = {"strict"}
"""What says that the program is right, as an assertion does: rows that are paired are as many, whatever comes in."""
PLACING = {"add", "refuse", "say"}
"""Methods whose texts are what people read of a fault."""


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change: where, what stands there instead, the function that holds it (none where a file is being loaded), and the first and last
    line of its statement."""

    file: str
    line: int
    column: int
    operator: str
    number: int
    start: int
    end: int
    text: str
    function: str
    first: int
    last: int

    @property
    def id(self) -> str:
        """Its name: file, line, column, operator and which one of these."""
        return f"{self.file}:{self.line}:{self.column}:{self.operator}:{self.number}"

    def of(self, source: bytes) -> bytes:
        """The file with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def lines(self, source: bytes) -> tuple[str, str]:
        """The line where it begins, before and after."""
        before, after = (text.decode().splitlines()[self.line - 1].strip() for text in (source, self.of(source)))
        return before, after if after != before else self.text


def mutants(file: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in the order of its text."""
    walk = _Walk(source)
    tree = ast.parse(source)
    walk.body(tree.body)
    found: dict[tuple[int, int, str], Mutant] = {}
    counts: dict[tuple[int, int, str], int] = {}
    for node, operator, text, function, lines in walk.found:
        start, end = walk.span(node)
        text += "\n" * (source[start:end].count(b"\n") - text.count("\n")) if isinstance(node, ast.stmt) else ""
        lost = source[start:end].count(b"\n") - text.count("\n")
        text = text if isinstance(node, ast.stmt) else f"({text}{chr(10) * lost})"
        if (start, end, text) in found or text.strip("()") == source[start:end].decode():
            continue
        where = (node.lineno, node.col_offset, operator)
        counts[where] = counts.get(where, 0) + 1
        found[start, end, text] = Mutant(file, *where, counts[where], start, end, text, function, *lines)
    return sorted(found.values(), key=lambda m: (m.start, m.end, m.operator, m.number))


class _Walk:
    """Goes through a file and notes each change: node, operator, text, function, lines of the statement."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.offsets = [0]
        for line in source.splitlines(keepends=True):
            self.offsets.append(self.offsets[-1] + len(line))
        self.found: list[tuple[ast.expr | ast.stmt, str, str, str, tuple[int, int]]] = []
        self.names: list[str] = []
        self.function = ""
        self.lines = (1, 1)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offsets[node.lineno - 1] + node.col_offset, self.offsets[node.end_lineno - 1] + node.end_col_offset

    def said(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.source[start:end].decode()

    def note(self, node: ast.expr | ast.stmt, operator: str, *texts: str) -> None:
        """Note changes of a node."""
        self.found += [(node, operator, text, self.function, self.lines) for text in texts]

    def body(self, nodes: list[ast.stmt]) -> None:
        """Go through statements."""
        for node in nodes:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        """Go through one statement."""
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Assert):
            return
        body = getattr(node, "body", None)
        self.lines = node.lineno, body[0].lineno - (body[0].lineno > node.lineno) if body else node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self._named(node)
            return
        if isinstance(node, ast.If) and "TYPE_CHECKING" in self.said(node.test):
            return
        if self.function:
            self._deleted(node)
        if isinstance(node, ast.Raise):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.If | ast.While):
            self._decided(node.test)
        for name, value in ast.iter_fields(node):
            if name == "annotation":
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.stmt):
                    self.statement(part)
                elif isinstance(part, ast.expr):
                    self.expression(part)
                elif isinstance(part, ast.ExceptHandler | ast.match_case):
                    self.body(part.body)
                elif isinstance(part, ast.withitem):
                    self.expression(part.context_expr)

    def _named(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        outer = self.function
        self.names.append(node.name)
        if isinstance(node, ast.FunctionDef):
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                if default is not None:
                    self.expression(default)
            self.function = outer or ".".join(self.names)
        self.body(node.body)
        self.function = outer
        self.names.pop()

    def _deleted(self, node: ast.stmt) -> None:
        """A statement left out, where the text stays one that can be run."""
        stores = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
        bare = isinstance(node, ast.Return) and node.value is None
        acts = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if isinstance(node, ast.Raise):
            self.note(node, "raise", "pass")
        elif stores or bare or acts or isinstance(node, ast.AugAssign | ast.Continue | ast.Break | ast.Delete):
            self.note(node, "delete", "pass")
        if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
            self.note(node, "arithmetic", f"{self.said(node.target)} {ARITHMETIC[type(node.op)]}= {self.said(node.value)}")

    def _decided(self, test: ast.expr) -> None:
        """The branches of a decision change places; a single comparison is turned round where it stands."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return
        if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
            self.note(test, "negate", f"not ({self.said(test)})")

    def expression(self, node: ast.expr) -> None:
        """Go through one expression."""
        if isinstance(node, ast.JoinedStr):
            return
        change = getattr(self, "_" + type(node).__name__.lower(), None)
        if change is not None:
            change(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.comprehension):
                for test in child.ifs:
                    self._decided(test)
                for part in [child.iter, *child.ifs]:
                    self.expression(part)
            elif isinstance(child, ast.keyword):
                if child.arg not in ASSERTED:
                    self.expression(child.value)
            elif isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.arguments):
                for default in [*child.defaults, *child.kw_defaults]:
                    if default is not None:
                        self.expression(default)

    def _binop(self, node: ast.BinOp) -> None:
        if type(node.op) not in ARITHMETIC or self._is_text(node) or (not self.function and isinstance(node.op, ast.BitOr)):
            return
        left, right = self.said(node.left), self.said(node.right)
        self.note(node, "arithmetic", f"({left}) {ARITHMETIC[type(node.op)]} ({right})")
        self.note(node, "drop", left, f"-({right})" if isinstance(node.op, ast.Sub) else right)

    def _is_text(self, node: ast.expr) -> bool:
        if isinstance(node, ast.BinOp):
            return self._is_text(node.left) or self._is_text(node.right)
        if isinstance(node, ast.IfExp):
            return self._is_text(node.body)
        return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))

    def _compare(self, node: ast.Compare) -> None:
        parts = [node.left, *node.comparators]
        for at, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                words = [f"({self.said(parts[0])})"]
                for k, each in enumerate(node.ops):
                    words += [other if k == at else COMPARISONS[type(each)], f"({self.said(parts[k + 1])})"]
                self.note(node, "compare", " ".join(words))

    def _boolop(self, node: ast.BoolOp) -> None:
        sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        parts = [f"({self.said(part)})" for part in node.values]
        self.note(node, "boolean", f" {other} ".join(parts))
        self.note(node, "drop", *(f" {sign} ".join(parts[:k] + parts[k + 1 :]) for k in range(len(parts))))

    def _unaryop(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
            self.note(node, "negate" if isinstance(node.op, ast.Not) else "sign", f"({self.said(node.operand)})")

    def _constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self.note(node, "constant", str(not value))
        elif isinstance(value, int):
            changed = [value + 1, value - 1, *([0, 2 * value] if value > 2 else [])]
            self.note(node, "constant", *map(str, dict.fromkeys(changed)))
        elif isinstance(value, float):
            changed = [0.0, 1.0, 2.0 * value] if value else [1.0]
            self.note(node, "constant", *(repr(x) for x in dict.fromkeys(changed) if x != value))

    def _ifexp(self, node: ast.IfExp) -> None:
        self._decided(node.test)

    def _subscript(self, node: ast.Subscript) -> None:
        cuts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for cut in cuts:
            if isinstance(cut, ast.Slice):
                low, high = (self.said(part) if part else "" for part in (cut.lower, cut.upper))
                step = f":{self.said(cut.step)}" if cut.step else ""
                changed = [f"({low}) + 1:{high}{step}" if low else f"1:{high}{step}"]
                changed += [f"{low}:({high}) + 1{step}", f"{low}:({high}) - 1{step}"] if high else [f"{low}:-1{step}"]
                start, end = self.span(cut)
                first, last = self.span(node)
                for text in changed:
                    whole = self.source[first:start].decode() + text + self.source[end:last].decode()
                    self.note(node, "slice", whole)

    def _call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        start, end = self.span(node)
        if name in OTHER_NAME:
            at = self.span(node.func)[1]
            self.note(node, "twin", self.source[start : at - len(name)].decode() + OTHER_NAME[name] + self.source[at:end].decode())
        if name == "param":
            for each in node.keywords:
                if each.arg in BOUNDS:
                    at = self.offsets[each.lineno - 1] + each.col_offset
                    rest = self.source[at + len(each.arg) : end].decode()
                    self.note(node, "bound", self.source[start:at].decode() + BOUNDS[each.arg] + rest)
        if name in PLACING or name in UNSWAPPED or any(isinstance(a, ast.Starred) for a in node.args):
            return
        for at in range(1 if name == "where" else 0, len(node.args) - 1):
            one, other = node.args[at : at + 2]
            if self.said(one) != self.said(other):
                (a, b), (c, d) = self.span(one), self.span(other)
                swapped = self.source[start:a] + self.source[c:d] + self.source[b:c] + self.source[a:b] + self.source[d:end]
                self.note(node, "swap", swapped.decode())
