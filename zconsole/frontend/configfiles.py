"""Configuration files, read so that a mistake costs what is wrong and not the session.

A file that cannot be read or run is left out whole; of a value that its setting does not take, or of a name
that nobody knows, only that is left out. Each is told in a sentence with file and line.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from traceback import extract_tb

from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

from zconsole.frontend.configurable import ZConsole, complaint

COMMON = "jupyter_config"
"""The file that is for all of Jupyter: what others have in it is not ours to judge."""


def read(name: str, folders: Sequence[str]) -> tuple[Config, list[str]]:
    """What the files `name`.py and `name`.json in these folders say, of which the first counts most; and what
    is wrong in them."""
    names = (f"{name}.py", f"{name}.json")
    found = [Path(folder, each) for folder in reversed(folders) for each in names]
    result, problems = Config(), []
    for file in found:
        if file.is_file():
            config, wrong = read_file(file)
            result.merge(config)
            problems += wrong
    return result, problems


def read_file(file: Path) -> tuple[Config, list[str]]:
    """What a file says, and what is wrong in it."""
    loader = JSONFileConfigLoader if file.suffix == ".json" else PyFileConfigLoader
    try:
        config = loader(file.name, str(file.parent)).load_config()
    except Exception as error:  # noqa: BLE001  # a configuration file is a program: it may raise anything
        return Config(), [f"{_place(file, _line(error, file))}: {_told(error)}. The file is left out."]
    # a section that is no section has no names
    sections = {section: values for section, values in config.items() if isinstance(values, Config)}
    problems = [
        (_line_of(file, section), f"there is no {section} here; did you mean ZConsole?")
        for section in config
        if section not in ZConsole.sections() and file.stem != COMMON
    ]
    for section in sections.keys() & ZConsole.sections().keys():
        for name, why in _mistakes(section, sections[section]):
            del sections[section][name]
            problems.append((_line_of(file, section, name), f"{why}. It is left out."))
    return config, [f"{_place(file, line)}: {why}" for line, why in sorted(problems)]


def _mistakes(section: str, values: Config) -> Iterator[tuple[str, str]]:
    """The names in a section that cannot stay, and why."""
    traits = ZConsole.sections()[section].class_traits(config=True)
    for name in list(values):
        if name not in traits:
            near = get_close_matches(name, traits, 1)
            yield name, f"there is no {section}.{name}" + (f" (did you mean {near[0]}?)" if near else "")
            continue
        try:
            ZConsole(config=Config({section: {name: values[name]}}))
        except TraitError as error:
            yield name, f"{section}.{name} {complaint(error)}"


def _told(error: Exception) -> str:
    if isinstance(error, SyntaxError | json.JSONDecodeError):
        return error.msg
    return f"{type(error).__name__}: {error}"


def _place(file: Path, line: int) -> str:
    return f"{file}, line {line}" if line else f"{file}"


def _line(error: Exception, file: Path) -> int:
    """The line of a file in which reading it has failed."""
    if isinstance(error, json.JSONDecodeError) or (
        isinstance(error, SyntaxError) and error.filename == str(file)
    ):
        return error.lineno or 0
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(file)]
    return (lines[-1] if lines else 0) or 0


def _line_of(file: Path, section: str, name: str = "") -> int:
    """The line in which a setting, or a section, stands last; 0 when it is not found."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".json":
        lines = text.splitlines()
        found = [number for number, line in enumerate(lines, 1) if f'"{name or section}"' in line]
    else:
        nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))
        found = [node.lineno for node in nodes if _is_of(node, section, name)]
    return max(found, default=0)


def _is_of(node: ast.Attribute, section: str, name: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Attribute(attr=outer), attr=inner) if name:
            return (outer, inner) == (section, name)
        case ast.Attribute(attr=outer) if not name:
            return outer == section
    return False
