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
        "stand_in('xml.dom', 'xml.dom.minidom')\nimport xml.dom.minidom as early\n"
        "assert 'pyexpat' not in sys.modules and early.parseString('<a>b</a>').firstChild.tagName == 'a'\n"
        "import xml.dom.minidom\nassert early.parseString is xml.dom.minidom.parseString\n"
        "assert xml.dom is sys.modules['xml.dom']",
        "stand_in('logging.handlers')\nfrom logging.handlers import MemoryHandler\nimport logging.handlers\n"
        "assert logging.handlers.MemoryHandler is MemoryHandler and 'logging.config' not in sys.modules",
        # classes that are passed on
        "stand_in('fractions:Fraction,Decimal')\nfrom fractions import Fraction as early\n"
        "assert 'decimal' not in sys.modules and early(2, 4).denominator == 2\n"
        "from fractions import Fraction as F\nassert isinstance(early(1), F) and isinstance(F(1), early)\n"
        "class Mine(early): pass\n"
        "assert Mine.__mro__[1] is F and early.from_float(0.5) == F(1, 2)",
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
