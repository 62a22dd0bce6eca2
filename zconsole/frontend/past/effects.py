"""What a cell of Python does when it runs, as far as its text tells. Pure.

Which names it gives values, which it needs, and whether it does something that is felt outside of the kernel:
writes files, runs programs, talks to the network, asks for input. Functions are defined without an effect;
what a call of one of the session's own does is known from its body, through whatever that calls. IPython's
statements are told by the names of the magics.

The worse mistake is to miss an effect. So what cannot be read or is not known counts as one; what a library
does behind a name that looks harmless stays unseen.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from zconsole.frontend.past.outside import (
    AROUND,
    CALLS,
    MAGICS,
    METHODS,
    MODULES,
    MUTATORS,
    NETWORK,
    PROGRAMS,
    SHOWS,
    UNREADABLE,
    WRITES,
)
from zconsole.frontend.prompt.blocks import python_of


@dataclass(slots=True)
class Doing:
    """What a piece of code does. `binds` are the names that it gives values; `early` those of all its
    statements but the last; `reads` the names that it needs; `changes` those whose values it may alter;
    `effects` what is felt outside, in words. It `defines` when it does nothing but import and define; it
    only `shows` when it leaves nothing behind."""

    binds: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    effects: dict[str, None] = field(default_factory=dict)
    calls: set[str] = field(default_factory=set)
    defines: bool = False
    shows: bool = False


class Effects:
    """Reads the cells of one session, all of which it gets at first: what their functions are called and
    what modules go by which names."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._modules: dict[str, str] = {}
        self._functions: dict[str, Doing] = {}
        telling = (code for code in codes if "import" in code or "def" in code)
        trees = [tree for code in telling if (tree := _parsed(_body(code)[0])) is not None]
        for tree in trees:
            self._modules.update(_imported(tree))
        for tree in trees:
            for function in _functions(tree):
                known = self._functions.setdefault(function.name, Doing())
                _Walk(known, self._modules).body(function)
        for known in self._functions.values():
            self._follow(known)

    def of(self, code: str) -> Doing:
        """What a cell does."""
        doing = Doing()
        python, magics = _body(code)
        for magic in magics:
            _magic(magic, doing)
        tree = _parsed(python)
        if tree is None:
            doing.effects[UNREADABLE] = None
            return doing
        walk = _Walk(doing, self._modules)
        for statement in tree.body:
            doing.early |= doing.binds
            walk.visit(statement)
        self._follow(doing)
        statements = [each for each in tree.body if not _is_nothing(each)]
        doing.defines = (
            bool(statements) and not magics and all(isinstance(each, _DEFINES) for each in statements)
        )
        doing.shows = not statements and all(_shows(magic) for magic in magics)
        return doing

    def _follow(self, doing: Doing) -> None:
        """Add what the session's functions do that it calls."""
        todo, seen = list(doing.calls), set()
        while todo:
            name = todo.pop()
            if name in seen or not (function := self._functions.get(name)):
                continue
            seen.add(name)
            doing.effects |= function.effects
            doing.reads |= function.reads
            todo += function.calls


class _Walk(ast.NodeVisitor):
    """Follows code in the order in which it runs, past the bodies of functions."""

    def __init__(self, doing: Doing, modules: Mapping[str, str]) -> None:
        self._doing = doing
        self._modules = modules

    def body(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """What a function does when it is called."""
        own = Doing(effects=self._doing.effects, calls=self._doing.calls)
        arguments = function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named += [each for each in (arguments.vararg, arguments.kwarg) if each]
        own.binds |= {each.arg for each in named}
        walk = _Walk(own, self._modules)
        for statement in function.body:
            walk.visit(statement)
        self._doing.reads |= own.reads
        for inner in _functions(ast.Module(function.body, [])):
            self.body(inner)

    def visit_Name(self, node: ast.Name) -> None:
        """A name is needed, unless this code has given it a value, or gets one."""
        if not isinstance(node.ctx, ast.Load):
            self._doing.binds.add(node.id)
        elif node.id not in self._doing.binds:
            self._doing.reads.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        """The value comes first."""
        self._in_order(node.value, *node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """The target is needed as well."""
        self._in_order(node.value)
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self._in_order(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The value comes first."""
        self._in_order(*filter(None, (node.value, node.target)))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """The value comes first."""
        self._in_order(node.value, node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """What is gone through comes first."""
        self._in_order(node.iter, node.target, *node.body, *node.orelse)

    visit_AsyncFor = visit_For

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        """Its variables are its own."""
        own = Doing(set(self._doing.binds), effects=self._doing.effects, calls=self._doing.calls)
        walk = _Walk(own, self._modules)
        for part in node.generators:
            walk._in_order(part.iter, part.target, *part.ifs)
        walk._in_order(*([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]))
        self._doing.reads |= own.reads

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """It may be called at once, so it counts."""
        own = Doing(set(self._doing.binds), effects=self._doing.effects, calls=self._doing.calls)
        own.binds |= {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
        _Walk(own, self._modules).visit(node.body)
        self._doing.reads |= own.reads

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Names for modules."""
        for each in node.names:
            self._doing.binds.add(each.asname or each.name.partition(".")[0])

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """It is defined, no more; what decorates it, and its defaults, are code that runs."""
        defaults = [each for each in node.args.kw_defaults if each]
        self._in_order(*node.decorator_list, *node.args.defaults, *defaults)
        self._doing.binds.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body runs, its names are its own."""
        self._in_order(*node.decorator_list, *node.bases, *(each.value for each in node.keywords))
        own = Doing(set(self._doing.binds), effects=self._doing.effects, calls=self._doing.calls)
        walk = _Walk(own, self._modules)
        walk._in_order(*node.body)
        self._doing.reads |= own.reads
        self._doing.binds.add(node.name)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A call for its own sake, `values.append(1)`, is there to change something."""
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            self._change(value.func)
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        """Here is where something happens."""
        function = node.func
        name = self._dotted(function)
        last = name.rpartition(".")[2]
        if isinstance(function, ast.Name):
            self._doing.calls.add(function.id)
        elif isinstance(function, ast.Attribute):
            self._doing.calls.add(f".{function.attr}")
            if function.attr in MUTATORS:
                self._change(function)
        if effect := CALLS.get(name) or _of_module(name) or (METHODS.get(last) if "." in name else None):
            self._doing.effects[effect] = None
        if last == "open" and _opens_to_write(node, name):
            self._doing.effects[WRITES] = None
        if any(_is_url(each) for each in (*node.args, *(keyword.value for keyword in node.keywords))):
            self._doing.effects[NETWORK] = None
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """One that is set changes what it belongs to."""
        self._store(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """One that is set changes what it belongs to."""
        self._store(node)

    def _store(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._change(node)
        self.generic_visit(node)

    def _change(self, node: ast.expr) -> None:
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            return  # it writes what it has, and has it still
        root = _root(node)
        if root and root not in self._modules:
            self._doing.changes.add(root)

    def _read(self, name: str) -> None:
        if name not in self._doing.binds:
            self._doing.reads.add(name)

    def _in_order(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)

    def _dotted(self, node: ast.expr) -> str:
        """`sp.run` as `subprocess.run`; what is no name is a `?`."""
        if isinstance(node, ast.Name):
            return self._modules.get(node.id, node.id)
        return f"{self._dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def _body(code: str) -> tuple[str, list[str]]:
    """The Python of a cell, and IPython's statements in it."""
    code = code.strip("\n")
    if code.lstrip().startswith("%%"):
        first, _, rest = code.lstrip().partition("\n")
        name = _name_of(first)
        python, magics = _body(rest) if name in AROUND else ("", [])
        return python, [first, *magics]
    return python_of(_TIME.sub(r"\1\2", code))


def _parsed(python: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: ast.Module = compile(python + "\n", "<cell>", "exec", _FLAGS)
            return tree
    except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
        return None


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names, and what they are of which modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                yield (each.asname, each.name) if each.asname else (top, top)
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module or ''}.{each.name}"


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a cell by the names by which they are called: those of classes as `.name`, what makes
    an object by the name of its class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, _FUNCTIONS):
                    each.name = node.name if each.name in _MAKERS else f".{each.name}"
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            yield node


def _magic(statement: str, doing: Doing) -> None:
    """What a statement of IPython's does."""
    name = _name_of(statement)
    effect = PROGRAMS if name == "!" else MAGICS.get(name, f"has %{name}, which is not known here")
    if effect:
        doing.effects[effect] = None


def _shows(statement: str) -> bool:
    name = _name_of(statement)
    return name == "?" or name in SHOWS


def _name_of(statement: str) -> str:
    """Of a magic its name, of a program `!`, of a request for help `?`."""
    statement = statement.strip()
    if statement.endswith("?") or statement.startswith("?"):
        return "?"
    found = _NAME.search(statement)
    return (found[1] or "!") if found else "/"


def _is_nothing(statement: ast.stmt) -> bool:
    """Whether it stands in the place of a magic, or is a text."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _of_module(name: str) -> str | None:
    first, _, rest = name.partition(".")
    return MODULES.get(first) if rest else None


def _opens_to_write(call: ast.Call, name: str) -> bool:
    """Whether this `open` is for more than reading; one whose mode is not told may be."""
    place = 1 if name in ("open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open") else 0
    modes = [each.value for each in call.keywords if each.arg == "mode"] or call.args[place : place + 1]
    if not modes:
        return False
    mode = modes[0]
    return not isinstance(mode, ast.Constant) or bool(set(str(mode.value)) & set("wax+"))


def _is_url(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_URL.match(node.value))


_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MAKERS = ("__init__", "__new__", "__post_init__", "__call__")

_URL = re.compile(r"(?:https?|wss?|ftp|s3|gs|ssh|tcp)://")
_NAME = re.compile(r"%%?\s*([A-Za-z_]\w*)|!")
_TIME = re.compile(r"^([ \t]*)%time[ \t]+(?!\n)(.+)$", re.MULTILINE)
