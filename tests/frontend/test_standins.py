"""Stand-ins for modules: nobody can tell them from the modules, but by what has been imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

BEGIN = """
import sys
from zconsole.frontend.standins import stand_in, take_away
stand_in('ssl', 'asyncio.sslproto', 'html')
"""


@pytest.mark.parametrize(
    "code",
    [
        # nothing is imported before something is asked for, and then it is the module's
        "import asyncio, sys\nassert '_ssl' not in sys.modules\nseen = asyncio.base_events.ssl.SSLContext\n"
        "import ssl\nassert '_ssl' in sys.modules and seen is ssl.SSLContext",
        "from ssl import SSLContext\nimport ssl, asyncio\nassert ssl.SSLContext is SSLContext",
        "from html import *\nassert escape('<') == '&lt;'",
        # who comes later gets the module, and what is set on either is set on both
        "import html as early\ntake_away()\nimport html\nassert early is not html\n"
        "html.one = 1\nassert early.one == 1\nearly.two = 2\nassert html.two == 2\n"
        "del early.one\nassert not hasattr(html, 'one') and 'escape' in dir(early)",
        # a part of a package is to be found in it, as ever
        "import asyncio, sys\ntake_away()\nassert '_ssl' not in sys.modules\n"
        "assert asyncio.sslproto.SSLProtocol.__module__ == 'asyncio.sslproto'",
        "import asyncio\ntake_away()\nimport asyncio.sslproto\n"
        "assert asyncio.sslproto is sys.modules['asyncio.sslproto']",
        # one that cannot be imported cannot be imported
        "sys.path_hooks.clear(); sys.path_importer_cache.clear(); sys.modules.pop('ssl')\n"
        "stand_in('ssl')\nassert 'ssl' not in sys.modules",
    ],
)
def test_as_the_module(code: str) -> None:
    """In a process in which nothing has been imported yet."""
    program = f"{BEGIN}\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
