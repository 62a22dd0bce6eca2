"""The ecosystem's test suite for kernels, on ours: each of its samples is given, so it skips nothing."""

from __future__ import annotations

import jupyter_kernel_test


class TestKernel(jupyter_kernel_test.KernelTests):
    """With `kernel_name = "python3"` it is ipykernel's turn, which does all but "range"."""

    kernel_name = "zconsole"
    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('oh', file=sys.stderr)"
    completion_samples = [
        {"text": "zi", "matches": {"zip"}},
        {"text": "impo", "matches": {"import"}},
        {"text": "'a'.isal", "matches": {"isalnum", "isalpha"}},
    ]
    complete_code_samples = ["1", "print('hello')", "def f(x):\n  return 2 * x\n\n", "x = 1\n"]
    incomplete_code_samples = ["print('''hello", "def f(x):\n  x *= 2", "for i in ():", "f(1,"]
    invalid_code_samples = ["import = 7q", "x = )"]
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('no')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'text'", "result": "'text'"},
        {"code": "from IPython.display import HTML; HTML('<b>x</b>')", "mime": "text/html"},
    ]
    code_display_data = [
        {"code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))", "mime": "text/html"},
        {"code": "from IPython.display import Math, display; display(Math('x^2'))", "mime": "text/latex"},
    ]
    code_history_pattern = "6*7*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    """Who subscribes is greeted (protocol 5.5)."""

    kernel_name = "zconsole"
    support_iopub_welcome = True
