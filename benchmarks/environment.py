"""Where it is measured: a virtual environment with the peers, clean variables, versions, the machine."""

import hashlib
import os
import platform
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".bench"
_DRIVER = ("matplotlib", "numpy")
_PEERS = ("ipython", "ipykernel", "jupyter-console", "ipymini", "xeus-python", "euporie", "ptpython")


def prepare() -> Path:
    """Make .bench/venv if it is not there: its Python. A peer that cannot be installed is named.

    zconsole is installed editable, so what is measured is this checkout as it is now.
    Raises CalledProcessError if zconsole itself cannot be installed.
    """
    python, stamp = CACHE / "venv/bin/python", CACHE / "installed"
    wanted = hashlib.sha256("\n".join([str(ROOT), sys.version, *_DRIVER, *_PEERS]).encode()).hexdigest()
    wanted += hashlib.sha256((ROOT / "setup.cfg").read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"making {CACHE}/venv (once)", file=sys.stderr)
    venv.create(CACHE / "venv", clear=True, with_pip=True)
    (CACHE / ".gitignore").write_text("*\n")
    _pip(python, "-e", str(ROOT), *_DRIVER).check_returncode()
    for peer in _PEERS:
        if (result := _pip(python, peer)).returncode:
            last = result.stderr.strip().splitlines()[-1:]
            print(f"{peer} cannot be installed: {' '.join(last)}", file=sys.stderr)
    stamp.write_text(wanted)
    return python


def _pip(python: Path, *what: str) -> subprocess.CompletedProcess[str]:
    command = (
        str(python),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "--prefer-binary",
        *what,
    )
    return subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=1800)


def variables(folder: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """What every process that is measured has in its environment: nothing of the user's but PATH.

    `inherited` is the caller's environment. Of Jupyter's folders all are below `folder`.
    """
    for name in ("home", "config", "data", "runtime"):
        (folder / name).mkdir(exist_ok=True)
    kept = {name: inherited[name] for name in ("PYTHONPATH",) if inherited.get(name)}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
        "HOME": str(folder / "home"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "LANG": "C.UTF-8",
        "SHELL": "/bin/sh",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
    }


def versions(packages: tuple[str, ...]) -> str:
    """`name version` of those that are installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{package} is not installed")
    return ", ".join(found)


def machine() -> str:
    model = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} × {model}, {system}, Python {platform.python_version()}"


def about() -> list[str]:
    """What is measured where and when."""
    now = time.strftime("%Y-%m-%d %H:%M %Z")
    return [f"{now}, zconsole {revision()}, made by `bin/bench`", machine()]


def revision() -> str:
    """The commit of this checkout, with a + if files differ from it; nothing if it is none."""
    git = ("git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*")
    try:
        return subprocess.run(git, capture_output=True, text=True, timeout=20).stdout.strip()
    except OSError:
        return ""
