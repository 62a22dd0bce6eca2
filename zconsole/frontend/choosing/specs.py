"""The installed kernelspecs, with what is wrong with the broken ones.

jupyter_client hides a kernelspec that it cannot read or whose provisioner is missing; here it is listed with
a sentence, because the user has installed it and looks for it. Our own kernel needs none and is always there.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import TraitError

from zconsole._version import __version__
from zconsole.frontend.errors import KernelChoiceError
from zconsole.launch import KERNEL_NAME


class Installed(NamedTuple):
    """A kernelspec: where it is, what it says (None when it cannot be used), and what is wrong with it, as
    the rest of a sentence that begins with it."""

    name: str
    directory: str
    spec: KernelSpec | None
    problem: str = ""

    @property
    def display_name(self) -> str:
        """What it calls itself."""
        if self.name == KERNEL_NAME:
            return f"zconsole {__version__}"
        return str(self.spec.display_name) if self.spec else ""

    @property
    def language(self) -> str:
        """The language, in lower case."""
        if self.name == KERNEL_NAME:
            return "python"
        return str(self.spec.language).lower() if self.spec else ""


def installed_kernels() -> list[Installed]:
    """All kernelspecs and our own kernel, by name."""
    manager = KernelSpecManager()
    found = manager.find_kernel_specs()
    found.setdefault(KERNEL_NAME, "")
    return [_load(manager, name, directory) for name, directory in sorted(found.items())]


def kernelspec(name: str) -> Installed:
    """The kernelspec of that name, upper and lower case being the same; our own kernel's needs no file.

    Raises KernelChoiceError when there is none, or it cannot be used.
    """
    manager = KernelSpecManager()
    known = {KERNEL_NAME: "", **manager.find_kernel_specs()}
    found = next((each for each in known if each.lower() == name.lower()), None)
    if found is None:
        raise KernelChoiceError(f"There is no kernel {name!r}. Known kernels: {', '.join(sorted(known))}.")
    loaded = _load(manager, found, known[found])
    if found != KERNEL_NAME and (loaded.spec is None or not command(loaded.spec)):
        raise KernelChoiceError(f"The kernelspec of {found!r} {loaded.problem}.")
    return loaded


def provisioner_of(spec: KernelSpec) -> str:
    """The name of the provisioner that is to start the kernel, empty for the usual way."""
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    stanza = spec.metadata.get("kernel_provisioner")
    name = stanza.get("provisioner_name") if isinstance(stanza, Mapping) else None
    name = name or KernelProvisionerFactory.instance().default_provisioner_name
    return "" if name == LOCAL else str(name)


def _load(manager: KernelSpecManager, name: str, directory: str) -> Installed:
    if name == KERNEL_NAME:
        return Installed(name, directory, None)
    try:
        spec = manager.get_kernel_spec(name)
    except NoSuchKernel:
        return Installed(name, directory, None, _why_unusable(directory))
    except (ValueError, TypeError, OSError, TraitError) as error:
        return Installed(name, directory, None, f"cannot be read: {str(error).rstrip('.')}")
    return Installed(name, directory, spec, _problem(spec))


def command(spec: KernelSpec) -> list[str]:
    """Its command line, `{connection_file}` to be filled in; empty when it has none.

    As with jupyter_client a bare `python` means the Python that runs the front end.
    """
    if not all(isinstance(argument, str) for argument in spec.argv):
        return []
    argv = [argument.replace("{resource_dir}", spec.resource_dir) for argument in spec.argv]
    return [sys.executable, *argv[1:]] if argv[:1] and argv[0] in _OUR_PYTHON else argv


def _problem(spec: KernelSpec) -> str:
    argv = command(spec)
    if not argv:
        return "has no command line"
    if not provisioner_of(spec) and shutil.which(argv[0]) is None:
        return f"names the program {argv[0]}, which is not there"
    return ""


def _why_unusable(directory: str) -> str:
    """What is wrong with a kernelspec that can be read, and that jupyter_client does not want."""
    try:
        fields = json.loads((Path(directory) / "kernel.json").read_text(encoding="utf-8"))
        name = fields["metadata"]["kernel_provisioner"]["provisioner_name"]
    except (OSError, ValueError, TypeError, KeyError):
        return "cannot be used"
    return f"needs the kernel provisioner {name!r}, which is not installed"


LOCAL = "local-provisioner"

_OUR_PYTHON = (
    "python",
    f"python{sys.version_info.major}",
    f"python{sys.version_info.major}.{sys.version_info.minor}",
)
