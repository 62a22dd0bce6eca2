"""Records what kernels send for values: `python -m tests.frontend.render.record [KERNEL ...]`.

Writes `bundles/NAME.json`, a list of [what, data, metadata]. Addresses of objects and ids that differ from
run to run are made the same. Pictures are cut short: here they only stand for "a picture has come".
Of deno and gnuplot nothing need be installed in Jupyter but the programs themselves.
"""

import json
import re
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

BUNDLES = Path(__file__).parent / "bundles"

PYTHON = {
    "ipython": {
        "HTML": "from IPython.display import *\n"
        "HTML('<b>bold</b> and <a href=\"https://example.org\">a link</a>')",
        "Markdown": "Markdown('# Title\\nText with `code`, $x^2$ and\\n\\n- a list\\n- of two')",
        "Math": r"Math(r'\frac{a+b}{c} = \sum_{i=1}^n x_i')",
        "Latex": r"Latex(r'\begin{align} a &= b \\ &= c \end{align}')",
        "JSON": "JSON({'a': [1, 2, None], 'b': {'c': 'text', 'd': True}})",
        "GeoJSON": "GeoJSON({'type': 'Point', 'coordinates': [1.5, 2]})",
        "Javascript": "Javascript('alert(1)')",
        "YouTubeVideo": "YouTubeVideo('abc')",
        "IFrame": "IFrame('https://example.org', 10, 10)",
        "Code": "Code('def f(): pass', language='python')",
        "FileLink": "FileLink('/etc/hostname')",
        "Audio": "Audio(data=b'', rate=8000)",
        "Video": "Video('https://example.org/film.mp4')",
        "ProgressBar": "ProgressBar(10)",
        "dict": "{'a': 1, 'b': ['x', None]}",
        "Pretty": "Pretty('as it is')",
        "TextDisplayObject": "TextDisplayObject('text')",
        "VimeoVideo": "VimeoVideo('123')",
        "ScribdDocument": "from IPython.lib.display import *\nScribdDocument(71048089)",
        "FileLinks": "FileLinks('/usr/share/common-licenses', recursive=False)",
        "Image, of an address": "Image(url='https://example.org/a.png')",
        "SVG": 'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\')',
        "text of several lines": "print.__doc__",
        "function": "len",
        "class": "dict",
        "array": "import numpy as np\nnp.arange(6.).reshape(2, 3) / 7",
        "raw": "display({'text/html': '<i>x</i>', 'text/latex': '$x$'}, raw=True)",
        "Code, of a language": "Code('SELECT 1', language='sql')",
    },
    "pandas": {
        "DataFrame": "import pandas as pd, numpy as np\npd.DataFrame({'a': [1, 2], 'b': ['x', '<y>']})",
        "MultiIndex": "product = pd.MultiIndex.from_product\n"
        "rows = product([['p', 'q'], [1, 2]], names=['k', 'n'])\n"
        "mi = pd.DataFrame(np.arange(8).reshape(4, 2), rows, product([['A'], ['u', 'v']]))\nmi",
        "Series": "mi['A']['u']",
        "wide": "pd.DataFrame({f'column {i}': [i * 1000.5] for i in range(12)})",
        "Styler": "mi.style.background_gradient().set_caption('A caption')",
        "Styler, formats": "pd.DataFrame({'name': ['a', 'longer name'], 'share': [.25, .5]}).style"
        ".format({'share': '{:.0%}'}).highlight_max(subset=['share'], color='yellow').hide(axis='index')",
        "table schema": "pd.options.display.html.table_schema = True\nmi",
        "many rows": "pd.options.display.html.table_schema = False\npd.DataFrame({'n': range(1000)})",
        "empty": "pd.DataFrame()",
        "times": "pd.DataFrame({'at': pd.date_range('2026-01-01', periods=3), 'is': [None, 'x', np.nan]})",
        "Categorical": "pd.Categorical(['b', 'a', 'b'])",
        "Index": "pd.Index(range(0, 300, 3), name='n')",
        "Interval": "pd.cut(pd.Series([1, 5, 9]), 2)",
        "groups": "pd.DataFrame({'k': list('aab'), 'n': [1, 2, 3]}).groupby('k').agg(['sum', 'mean'])",
        "east of here": "pd.DataFrame({'city': ['東京', 'Łódź'], 'n': [1, 2]})",
    },
    "sympy": {
        "Integral": "from sympy import *\nx = Symbol('x')\nIntegral(exp(-x**2) / (1 + x), (x, 0, oo))",
        "Matrix": "Matrix([[1, x], [x**2, sqrt(2) / 3]])",
        "printed": "init_printing(use_latex='mathjax')\nIntegral(exp(-x**2) / (1 + x), (x, 0, oo))",
        "displayed": "from IPython.display import display, Math\nMath(latex(Sum(1 / x**2, (x, 1, oo))))",
        "Piecewise": "Piecewise((x**2, x < 0), (sqrt(x), True))",
        "equation": "Eq(Derivative(Function('f')(x), x), x)",
        "list": "[x**2, Rational(1, 3)]",
        "matrix": "Matrix([[1, x], [x**2, sqrt(2) / 3]])",
        "picture": "init_printing(use_latex='png')\nIntegral(exp(-x**2) / (1 + x), (x, 0, oo))",
    },
    "ipywidgets": {
        "IntSlider": "import ipywidgets as w\nw.IntSlider(3)",
        "VBox": "w.VBox([w.Label('hi'), w.Text('t')])",
    },
}
CELLS = {
    "ir": {
        "irkernel": {
            "number": "1:3",
            "data frame": "data.frame(a = 1:2, b = c('x', 'y'))",
            "matrix": "matrix(1:4, 2)",
            "list": "list(a = 1, b = 'x')",
            "factor": "factor(c('u', 'v'))",
            "display_html": "IRdisplay::display_html('<b>bold</b>')",
            "display_markdown": "IRdisplay::display_markdown('*emphasis*')",
            "display_latex": "IRdisplay::display_latex('$\\\\frac{1}{2}$')",
            "plot": "plot(1:2)",
            "plot, SVG": "options(jupyter.plot_mimetypes = 'image/svg+xml'); plot(1:2)",
            "names": "c(a = 1, b = 2)",
            "text": "c('x', '<y>')",
            "NULL": "NULL",
            "function": "function(x) x + 1",
            "time series": "ts(1:24, start = c(2025, 1), frequency = 12)",
            "counts": "table(c('u', 'v', 'u'), c('p', 'q', 'q'))",
            "model": "lm(mpg ~ wt, mtcars)",
            "date": "as.Date('2026-01-02')",
            "wide": "mtcars[1:3, ]",
            "display_json": "IRdisplay::display_json('{\"a\": 1}')",
            "display_javascript": "IRdisplay::display_javascript('alert(1)')",
        }
    },
    "python3": PYTHON,
    "gnuplot": {
        "gnuplot": {
            "plot": "plot sin(x)",
            "plot, SVG": "%gnuplot inline svg\nplot sin(x)",
            "plot, JPEG": "%gnuplot inline jpeg\nplot sin(x)",
            "number": "print 6*7",
            "several": "%gnuplot inline pngcairo\nplot x\nplot x**2",
            "error": "plot nosuch(x)",
        }
    },
    "deno": {
        "deno": {
            "number": "42",
            "object": "({ a: 1, b: 'x', c: [true, null] })",
            "text": "'x\\ny'",
            "Map": "new Map([['a', 1]])",
            "html": "Deno.jupyter.html`<h1>Hello</h1><p>from <em>deno</em>`",
            "md": "Deno.jupyter.md`# Hello\n\nfrom *deno*`",
            "svg": "Deno.jupyter.svg`<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>`",
            "image": "Deno.jupyter.image(Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]))",
            "display": "await Deno.jupyter.display("
            "{ 'text/plain': 'x', 'text/html': '<b>x</b>' }, { raw: true })",
            "json": "await Deno.jupyter.display({ 'application/json': { a: 1 } }, { raw: true })",
            "of its own": "({ [Deno.jupyter.$display]() { return { 'text/markdown': '*own*' } } })",
            "vega-lite": "({ [Deno.jupyter.$display]() {"
            " return { 'application/vnd.vegalite.v5+json': { mark: 'bar' } } } })",
            "data frame": "({ [Deno.jupyter.$display]() { return {"
            " 'application/vnd.dataresource+json': { data: [{ a: 1 }, { a: 22 }],"
            " schema: { fields: [{ name: 'a', type: 'integer' }] } },"
            " 'text/html': '<table><thead><tr><th>a</th></tr></thead>"
            "<tbody><tr><td>1</td></tr><tr><td>22</td></tr></tbody></table>' } } })",
            "error": "new Error('as a value')",
        }
    },
}
COMMANDS = {
    "deno": ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
    "gnuplot": [sys.executable, "-m", "gnuplot_kernel", "-f", "{connection_file}"],
}


def record(kernel, cells):
    """What a kernel sends for each of some cells; deno sends some of it behind the reply."""
    manager = KernelManager(kernel_name=kernel)
    if kernel in COMMANDS:
        manager._kernel_spec = KernelSpec(argv=COMMANDS[kernel])
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    names: dict[str, str] = {}
    found: dict[str, list[dict[str, Any]]] = {what: [] for what in cells}
    try:
        client.wait_for_ready(timeout=60)
        for what, code in cells.items():
            names[client.execute(code, allow_stdin=False)] = what
            client.get_shell_msg(timeout=60)
        with suppress(Empty):
            while message := client.get_iopub_msg(timeout=2):
                what = names.get(message["parent_header"].get("msg_id"))
                if what and message["msg_type"] in ("execute_result", "display_data"):
                    found[what].append(message["content"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return [
        [what, steady(content["data"]), content["metadata"]]
        for what, contents in found.items()
        for content in contents
    ]


def steady(data):
    """The data without what differs from run to run, and with short pictures."""
    text = json.dumps(
        {mime: str(value)[:60] if mime.startswith("image/") else value for mime, value in data.items()}
    )
    text = re.sub(r"0x[0-9a-f]{6,}", "0x7f0000000000", text)
    text = re.sub(r"T_[0-9a-f]{5}", "T_00000", text)
    return json.loads(re.sub(r'"model_id": "[0-9a-f]{32}"', '"model_id": "0"', text))


if __name__ == "__main__":
    for kernel in sys.argv[1:] or CELLS:
        for name, cells in CELLS[kernel].items():
            text = json.dumps(record(kernel, cells), indent=1, ensure_ascii=False)
            (BUNDLES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
