"""Who may import whom. The tables are the rules; below them is the reader that holds every file to them.

All imports of a file count: those inside functions, those under TYPE_CHECKING, and ``import_module("name")``.
Names are below ``zconsole``; a pattern ``a.*`` stands for the package ``a`` and all that is in it.
"""

import ast
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "zconsole"

# --- the rules

# what a terminal can show, and text
LOOK = ["message", "frontend.look", "frontend.plain", "frontend.palette", "frontend.lengths"]

# what the user has chosen
CHOSEN = ["frontend.settings", "frontend.preferences"]

# what of zconsole a module may import; the first pattern that fits counts
MAY_IMPORT = {
    "message": [],
    "session": ["message"],
    "connection": [],
    "multipart": ["message"],
    "channel": ["message", "session", "connection", "multipart"],
    "frontend.render.*": ["frontend.render.*", "frontend.execution", *LOOK],
    "frontend.prompt.*": ["frontend.prompt.*", "frontend.signals", *CHOSEN, *LOOK],
    "frontend.*": ["*", "not kernel.*"],
    "kernel.*": ["*", "not frontend.*"],
    "*": ["*", "not frontend.*", "not kernel.*"],  # kernelmanager, journal and the helpers beside them
}

# libraries that have a place, and nowhere else
ONLY_IN = {
    "zmq": [
        "channel",
        "inquiry",
        "kernelmanager",
        "multipart",
        "kernel.iothread",
        "kernel.publisher",
        "kernel.heartbeat",
    ],
    "prompt_toolkit": ["frontend.prompt.*"],
    "IPython": [
        f"kernel.{name}"
        for name in (
            "interpreter",
            "questions",
            "shell",
            "displays",
            "magics",
            "transform",
            "later",
            "gui",
            "debuggee",
        )
    ],
}

# modules that decide and never wait
PURE = [
    "message",
    "session",
    "journal.cells",
    "journal.entries",
    "journal.notebook",
    "journal.export",
    "kernel.kernel",
    "kernel.control",
    "kernel.seats",
    "kernel.terminals",
    "kernel.streams",
    "kernel.running",
    "kernel.dictionaries",
    "kernel.tracebacks",
    "kernel.cellnames",
    "kernel.debugstate",
    "kernel.variables",
    "kernel.kinds",
    "frontend.prompt.blocks",
    "frontend.prompt.form",
    "frontend.prompt.device.notice",
    "frontend.prompt.outcome",
    "frontend.prompt.hinting.calls",
    "frontend.prompt.hinting.matches",
    "frontend.prompt.hinting.signatures",
    "frontend.prompt.memory.finder",
    "frontend.execution",
    "frontend.models",
    "frontend.together",
    "frontend.seats",
    "frontend.commands",
    "frontend.leaving",
    "frontend.past.away",
    "frontend.past.retelling",
    "frontend.obituary",
    "frontend.past.recovery",
    "frontend.past.effects",
    "frontend.past.outside",
    "frontend.render.*",
]
NOT_PURE = [
    "zmq",
    "asyncio",
    "threading",
    "signal",
    "socket",
    "time",
    "select",
    "subprocess",
    "prompt_toolkit",
]

# what breaks a rule above and is known: each is to be decided, either for the rule or for the module
EXCEPTIONS: set[tuple[str, str]] = {
    # what some files crash draws in a process of its own; seen from outside, a function of a text
    ("frontend.render.svg", "subprocess"),
}

# --- the tests


def test_every_module_keeps_to_its_layer():
    modules = read_modules()
    assert "message" in modules
    found = [each for name, source in modules.items() for each in violations(name, source, modules)]
    unknown = [each for each in found if exception(each) not in EXCEPTIONS]
    assert not unknown, "\n".join(unknown)
    assert {exception(each) for each in found} == EXCEPTIONS, "an exception that is no longer needed"


def test_every_module_has_its_place_in_the_architecture():
    rooms = (ROOT.parent / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## Threads")[0]
    files = {path.name for path in ROOT.rglob("*.py")} - {"__init__.py", "_version.py"}
    inside = {path.name for path in (ROOT / "frontend" / "render").iterdir()}  # told as one
    assert {name for name in files - inside if name not in rooms} == set()


def exception(violation: str) -> tuple[str, str]:
    """``a.b imports c.d: why`` in the form of EXCEPTIONS."""
    module, _, target = violation.partition(":")[0].split()
    return module, target.partition(".")[0]


def test_no_import_cycle():
    """At module level; an import inside a function or for types only makes no cycle."""
    cycle = find_cycle(read_modules())
    assert not cycle, " <- ".join(cycle)


KNOWN = [
    *("", "_version", "message", "session", "channel", "kernelmanager", "launch"),
    *("frontend", "frontend.console", "frontend.render"),
    *("kernel", "kernel.kernel", "kernel.iothread"),
]


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("message", "from zconsole.session import Session", "imports zconsole.session"),
        ("message", "from . import session", "imports zconsole.session"),
        ("session", "from zconsole import channel", "imports zconsole.channel"),
        ("session", "from zconsole.message import Message", None),
        ("message", "from zconsole import __version__", None),
        ("frontend.console", "def f():\n    import zconsole.kernel.kernel", "imports zconsole.kernel.kernel"),
        ("frontend.console", "from ..kernel import iothread", "imports zconsole.kernel.iothread"),
        ("frontend.console", "from .render import x", None),
        ("frontend", "from .console import x", None),
        ("frontend.console", "if TYPE_CHECKING:\n    from zmq.asyncio import Socket", "imports zmq.asyncio"),
        ("kernel.iothread", "import zmq", None),
        (
            "kernel.kernel",
            "import importlib\nimportlib.import_module('IPython.core')",
            "imports IPython.core",
        ),
        ("kernel.iothread", "from zconsole.frontend import console", "imports zconsole.frontend.console"),
        ("kernelmanager", "import zconsole.launch, zconsole.frontend", "imports zconsole.frontend"),
        ("kernelmanager", "from zconsole.launch import x", None),
        ("frontend.render", "import os, time", "imports time"),
        ("frontend.render", "import timeit", None),
    ],
)
def test_the_checker_sees(module, source, found):
    seen = list(violations(module, source, KNOWN))
    assert len(seen) == (found is not None), seen
    assert all(f"{module} {found}: " in each for each in seen)


def test_the_checker_sees_what_a_pure_module_may_not_wait_for():
    seen = "\n".join(violations("frontend.prompt.blocks", "import asyncio\nimport zmq.asyncio", KNOWN))
    assert "frontend.prompt.blocks imports asyncio: it is pure" in seen
    assert "frontend.prompt.blocks imports zmq.asyncio: it is pure" in seen
    assert "frontend.prompt.blocks imports zmq.asyncio: zmq is only for" in seen


@pytest.mark.parametrize(
    ("sources", "cycle"),
    [
        ({"a": "from zconsole import b", "b": "import zconsole.a"}, True),
        ({"a": "from zconsole import b", "b": "try:\n    import zconsole.a\nexcept ImportError: pass"}, True),
        ({"a": "from zconsole import b", "b": "def f():\n    import zconsole.a"}, False),
        ({"a": "from zconsole import b", "b": "if TYPE_CHECKING:\n    import zconsole.a"}, False),
    ],
)
def test_the_checker_sees_a_cycle(sources, cycle):
    assert bool(find_cycle(sources)) == cycle


# --- the reader


def read_modules() -> dict[str, str]:
    """Module name below zconsole -> source. The package zconsole itself is ""."""
    return {module_name(path): path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py"))}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_package(module: str, known: Iterable[str]) -> bool:
    return module == "" or any(other.startswith(module + ".") for other in known)


def violations(module: str, source: str, known: Iterable[str]) -> Iterator[str]:
    """One sentence for each import that breaks a rule."""
    found = imports(module, source, known)
    module = module or "zconsole"
    allowed = next(targets for pattern, targets in MAY_IMPORT.items() if fits(module, pattern))
    pure = any(fits(module, pattern) for pattern in PURE)
    for target in sorted(set(found)):
        if target == "zconsole" or target == "zconsole._version":
            continue
        if target.startswith("zconsole."):
            if not permits(allowed, target.removeprefix("zconsole.")):
                yield f"{module} imports {target}: not its layer"
            continue
        library = target.partition(".")[0]
        if not any(fits(module, each) for each in ONLY_IN.get(library, ["*"])):
            yield f"{module} imports {target}: {library} is only for {', '.join(ONLY_IN[library])}"
        if pure and library in NOT_PURE:
            yield f"{module} imports {target}: it is pure"


def fits(name: str, pattern: str) -> bool:
    package = pattern.removesuffix(".*")
    return pattern in ("*", name) or (package != pattern and f"{name}.".startswith(f"{package}."))


def permits(allowed: list[str], target: str) -> bool:
    refused = [pattern.removeprefix("not ") for pattern in allowed if pattern.startswith("not ")]
    return any(fits(target, each) for each in allowed) and not any(fits(target, each) for each in refused)


def find_cycle(sources: dict[str, str]) -> list[str]:
    """The names along one cycle, or nothing."""
    graph = {}
    for module, source in sources.items():
        targets = {name.removeprefix("zconsole.") for name in imports(module, source, sources, deep=False)}
        graph[module] = (targets & sources.keys()) - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imports(module: str, source: str, known: Iterable[str], deep: bool = True) -> Iterator[str]:
    """Full names of the modules that a source imports; ``deep=False``: only those it needs to be imported."""
    package = module if is_package(module, known) else module.rpartition(".")[0]
    for node in statements(ast.parse(source), deep):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=base, names=names, level=level):
                base = absolute(package, base or "", level)
                yield from (submodule(base, each.name, known) for each in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(function).rpartition(".")[2] in ("import_module", "__import__"):
                    yield name


def statements(node: ast.AST, deep: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not deep and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if not deep and isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from statements(child, deep)


def absolute(package: str, base: str, level: int) -> str:
    """``from ..b`` in a module of the package ``a.c`` is about ``zconsole.a.b``."""
    if level == 0:
        return base
    parents = ["zconsole", *package.split(".")] if package else ["zconsole"]
    return ".".join([*parents[: len(parents) - level + 1], *([base] if base else [])])


def submodule(base: str, name: str, known: Iterable[str]) -> str:
    """``from base import name`` may mean the module base.name or something inside base."""
    full = f"{base}.{name}"
    return full if full.removeprefix("zconsole.") in known and base.startswith("zconsole") else base
