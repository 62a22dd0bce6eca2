"""Records what kernels send for values: `python -m tests.frontend.render.record [KERNEL ...]`.

Writes `bundles/NAME.json`, a list of [what, data, metadata]. Addresses of objects and ids that differ from
run to run are made the same. Pictures are cut short: here they only stand for "a picture has come".
"""

import json
import re
import sys
from pathlib import Path

from jupyter_client.manager import start_new_kernel

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
    },
    "sympy": {
        "Integral": "from sympy import *\nx = Symbol('x')\nIntegral(exp(-x**2) / (1 + x), (x, 0, oo))",
        "Matrix": "Matrix([[1, x], [x**2, sqrt(2) / 3]])",
        "printed": "init_printing(use_latex='mathjax')\nIntegral(exp(-x**2) / (1 + x), (x, 0, oo))",
        "displayed": "from IPython.display import display, Math\nMath(latex(Sum(1 / x**2, (x, 1, oo))))",
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
        }
    },
    "python3": PYTHON,
    "gnuplot": {"gnuplot": {"plot": "plot sin(x)"}},
}


def record(kernel, cells):
    """What a kernel sends for each of some cells."""
    manager, client = start_new_kernel(kernel_name=kernel)
    found = []
    try:
        for what, code in cells.items():
            client.execute_interactive(
                code,
                timeout=60,
                allow_stdin=False,
                output_hook=lambda message, what=what: found.append((what, message)),
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return [
        [what, steady(message["content"]["data"]), message["content"]["metadata"]]
        for what, message in found
        if message["msg_type"] in ("execute_result", "display_data")
    ]


def steady(data):
    """The data without what differs from run to run, and with short pictures."""
    text = json.dumps(
        {mime: value[:60] if mime.startswith("image/") else value for mime, value in data.items()}
    )
    text = re.sub(r"0x[0-9a-f]{6,}", "0x7f0000000000", text)
    text = re.sub(r"T_[0-9a-f]{5}", "T_00000", text)
    return json.loads(re.sub(r'"model_id": "[0-9a-f]{32}"', '"model_id": "0"', text))


if __name__ == "__main__":
    for kernel in sys.argv[1:] or CELLS:
        for name, cells in CELLS[kernel].items():
            text = json.dumps(record(kernel, cells), indent=1, ensure_ascii=False)
            (BUNDLES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
