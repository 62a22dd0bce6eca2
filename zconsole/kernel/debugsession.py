"""What debug requests mean: most are pydevd's, a few are about cells and their variables.

The Debug Adapter Protocol knows files and stopped threads. What Jupyter adds to it is for cells, which have
no file until it is dumped, and for variables while nothing is stopped. Those are answered here, from the
interpreter; the rest is handed on to pydevd, by a list, because it leaves what it does not know unanswered.

Specification: "Additions to the DAP" in the Jupyter messaging protocol.
"""

from __future__ import annotations

import ast
import asyncio
import atexit
import linecache
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from zconsole.kernel.cellnames import SEED, SUFFIX, CellNames
from zconsole.kernel.dap import Arguments, Connection, Refused
from zconsole.kernel.debuggee import Debuggee
from zconsole.kernel.debugpyport import DebugpyPort
from zconsole.kernel.debugstate import Seen
from zconsole.kernel.variables import Variables, is_users
from zconsole.message import Content


class DebugSession:
    """Answers debug requests, in the debugger's thread.

    Arguments: `debuggee`, IPython as the debugger sees it; `event`, called with each event; `post`, which
    has a function called in the main thread.
    """

    def __init__(
        self,
        debuggee: Debuggee,
        event: Callable[[Content], None],
        post: Callable[[Callable[[], None]], None],
    ) -> None:
        self._debuggee = debuggee
        self._event = event
        self._post = post
        self._names = CellNames(os.path.join(tempfile.gettempdir(), f"zconsole_{os.urandom(8).hex()}"))
        self._variables = Variables()
        self._port: DebugpyPort | None = None
        self._connection: Connection | None = None
        self._starting = asyncio.Lock()
        self._seen = Seen()

    async def answer(self, request: Content) -> Content:
        """The response to a request: whether it was a success, and its body or why not."""
        command, arguments = request.get("command"), request.get("arguments") or {}
        try:
            if not isinstance(command, str) or not isinstance(arguments, dict):
                raise Refused("A debug_request needs 'command' (str); its 'arguments' are an object.")
            handler = _HANDLERS.get(command, DebugSession._hand_on)
            return {"success": True, "body": await handler(self, Arguments(command, arguments))}
        except Refused as error:
            return {"success": False, "message": str(error)}

    def waits(self, frame: FrameType | None) -> bool:
        """Whether the frame is of the wait at a breakpoint. For signal handlers."""
        return self._port is not None and self._port.waits(frame)

    def trace_this_thread(self) -> None:
        """For the main thread: before 3.12 an exception at a breakpoint ends its tracing."""
        if self._port is not None:
            self._port.trace_this_thread()

    async def called_away(self) -> None:
        """An exception has called the main thread away from the breakpoint where it waited. pydevd takes it
        for stopped, and would hold it again: at once (3.12), or when it is traced again."""
        if self._port is None or self._connection is None:
            return
        # of its frames nothing more can be learnt, and pydevd would not say so
        self._connection.give_up(Refused("The cell was interrupted."))
        main = threading.main_thread()
        self._port.resume(main)
        for thread in (await self._ask("threads", {}))["threads"]:
            if thread["name"] == main.name:
                body = {"threadId": thread["id"], "allThreadsContinued": False}
                self._receive({"type": "event", "event": "continued", "body": body})

    async def _hand_on(self, arguments: Arguments) -> Content:
        if arguments.command not in _PYDEVDS:
            raise Refused(f"The command {arguments.command!r} is not supported.")
        return await self._ask(arguments.command, arguments.values)

    async def _debug_info(self, arguments: Arguments) -> Content:
        return {
            "isStarted": self._connection is not None,
            "hashMethod": "Murmur2",
            "hashSeed": SEED,
            "tmpFilePrefix": self._names.prefix,
            "tmpFileSuffix": SUFFIX,
            "breakpoints": [
                {"source": path, "breakpoints": found}
                for path, found in self._seen.breakpoints.items()
                if found
            ],
            "stoppedThreads": sorted(self._seen.stopped),
            "richRendering": True,
            "exceptionPaths": ["Python Exceptions"],
            "copyToGlobals": True,
        }

    async def _initialize(self, arguments: Arguments) -> Content:
        async with self._starting:  # of two clients at the same time the second one finds it done
            if self._connection is None:
                await self._start()
        return await self._ask("initialize", {"adapterID": "", **arguments.values})

    async def _attach(self, arguments: Arguments) -> Content:
        rules = [*arguments.values.get("rules", ()), *self._debuggee.rules]
        body = await self._ask("attach", {**_OF_A_KERNEL, **arguments.values, "rules": rules})
        for text, name in self._debuggee.begin(self._names).items():
            await self._ask("setPydevdSourceMap", _source_map(self._names(text), name, text))
        return body

    async def _disconnect(self, arguments: Arguments) -> Content:
        # also when asked to terminate: a kernel is ended by shutdown_request
        await self._ask("disconnect", {"terminateDebuggee": False})
        self._stop()
        return {}

    async def _dump_cell(self, arguments: Arguments) -> Content:
        return {"sourcePath": self._write_cell(arguments.text("code"))}

    async def _set_breakpoints(self, arguments: Arguments) -> Content:
        path = arguments.text("source", "path")
        body = await self._ask("setBreakpoints", arguments.values)
        asked: list[dict[str, Any]] = arguments.values.get("breakpoints", [])
        # pydevd moves them to lines with code
        found = [
            {**wish, "line": bound["line"]} for wish, bound in zip(asked, body["breakpoints"], strict=True)
        ]
        self._seen.breakpoints[path] = found
        return body

    async def _source(self, arguments: Arguments) -> Content:
        return {"content": _read(arguments.text("source", "path"))}

    async def _scopes(self, arguments: Arguments) -> Content:
        body = await self._ask("scopes", arguments.values)
        self._seen.scopes |= {scope["variablesReference"] for scope in body["scopes"]}
        return body

    async def _list_variables(self, arguments: Arguments) -> Content:
        reference = arguments.number("variablesReference")
        start, count = arguments.number("start", default=0), arguments.number("count", default=0)
        shown = self._variables.children(reference, start, count)
        if shown is not None:
            return {"variables": shown}
        body = await self._ask("variables", arguments.values)
        if reference in self._seen.scopes:
            return {**body, "variables": [each for each in body["variables"] if is_users(each["name"])]}
        return body

    async def _inspect_variables(self, arguments: Arguments) -> Content:
        return {"variables": self._variables.namespace(self._debuggee.namespace)}

    async def _rich_inspect_variables(self, arguments: Arguments) -> Content:
        name = arguments.text("variableName")
        if not name.isidentifier():
            return {"data": {}, "metadata": {}}  # one of the groups of variables
        if self._seen.stopped and "frameId" in arguments.values:
            frame = {"frameId": arguments.number("frameId"), "context": "clipboard"}
            result = await self._ask("evaluate", {"expression": _FORMAT.format(name), **frame})
            data, metadata = ast.literal_eval(result["result"])
        else:
            data, metadata = self._debuggee.format(name)
        return {"data": data, "metadata": metadata}

    async def _copy_to_globals(self, arguments: Arguments) -> Content:
        source, target = arguments.text("srcVariableName"), arguments.text("dstVariableName")
        if not (source.isidentifier() and target.isidentifier()):
            raise Refused("srcVariableName and dstVariableName must be identifiers.")
        frame = {"frameId": arguments.number("srcFrameId")}
        return await self._ask(
            "setExpression", {"expression": f"globals()[{target!r}]", "value": source, **frame}
        )

    async def _modules(self, arguments: Arguments) -> Content:
        modules = list(sys.modules.items())
        start = arguments.number("startModule", default=0)
        end = start + (arguments.number("moduleCount", default=0) or len(modules))
        return {"modules": [_module(*each) for each in modules[start:end]], "totalModules": len(modules)}

    async def _start(self) -> None:
        if self._port is None:
            self._port = DebugpyPort()
        socket = self._port.attach()
        self._seen = Seen()
        self._connection = connection = Connection(self._receive, self._stop)
        await asyncio.get_running_loop().create_connection(lambda: connection, sock=socket)
        self._post(self._port.trace_this_thread)

    def _stop(self) -> None:
        if self._connection is None or self._port is None:
            return  # by another client's disconnect
        self._connection.close()
        self._port.detach()
        self._debuggee.end()
        self._connection = None
        self._seen = Seen()
        self._post(self._port.trace_this_thread)
        self._event({"type": "event", "event": "terminated"})

    async def _ask(self, command: str, arguments: Content) -> Content:
        if self._connection is None:
            raise Refused(f"The debugger has not been started: 'initialize' comes before {command!r}.")
        response = await self._connection.request(command, arguments)
        if not response["success"]:
            raise Refused(response.get("message") or f"{command!r} failed.")
        body: Content = response.get("body") or {}
        return body

    def _write_cell(self, code: str) -> str:
        if not os.path.isdir(self._names.directory):
            os.mkdir(self._names.directory, 0o700)
            atexit.register(shutil.rmtree, self._names.directory, ignore_errors=True)
        path = self._names(code)
        Path(path).write_text(code, encoding="utf-8", errors="replace", newline="\n")
        return path

    def _receive(self, event: Content) -> None:
        self._seen.receive(event)
        self._event(event)


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = list(file)
    except OSError:
        # a cell that was never dumped: IPython has left its source here
        lines = linecache.getlines(path)
    if not lines:
        raise Refused(f"There is no source {path!r}.")
    return "".join(lines)


def _source_map(path: str, name: str, text: str) -> Content:
    entry = {"line": 1, "endLine": text.count("\n") + 1, "runtimeSource": {"path": name}, "runtimeLine": 1}
    return {"source": {"path": path}, "pydevdSourceMaps": [entry]}


def _module(name: str, module: Any) -> Content:
    origin = getattr(getattr(module, "__spec__", None), "origin", None)
    return {"id": name, "name": name, **({"path": origin} if isinstance(origin, str) else {})}


# a thread at a breakpoint leaves the others alone: one of them answers the clients' requests
_OF_A_KERNEL = {"stopAllThreadsOnSuspend": False}

_FORMAT = "__import__('IPython').get_ipython().display_formatter.format({})"

_HANDLERS: Mapping[str, Callable[[DebugSession, Arguments], Awaitable[Content]]] = {
    "attach": DebugSession._attach,
    "copyToGlobals": DebugSession._copy_to_globals,
    "debugInfo": DebugSession._debug_info,
    "disconnect": DebugSession._disconnect,
    "dumpCell": DebugSession._dump_cell,
    "initialize": DebugSession._initialize,
    "inspectVariables": DebugSession._inspect_variables,
    "modules": DebugSession._modules,
    "richInspectVariables": DebugSession._rich_inspect_variables,
    "scopes": DebugSession._scopes,
    "setBreakpoints": DebugSession._set_breakpoints,
    "source": DebugSession._source,
    "terminate": DebugSession._disconnect,
    "variables": DebugSession._list_variables,
}

_PYDEVDS = {
    *("configurationDone", "setExceptionBreakpoints", "setFunctionBreakpoints", "setDebuggerProperty"),
    *("continue", "next", "stepIn", "stepInTargets", "stepOut", "pause", "goto", "gotoTargets"),
    *("threads", "stackTrace", "exceptionInfo"),
    *("evaluate", "completions", "setExpression", "setVariable"),
}
