"""What code in a cell finds out about the terminal: that of the front end which has sent the cell."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.kernel.strangers import Client, Ran
from zconsole.kernel.afterimport import AfterImport
from zconsole.kernel.kernel import BadRequest
from zconsole.kernel.outfit import Item
from zconsole.kernel.terminals import MAX_TERMINALS, Terminal, Terminals
from zconsole.session import Session

WIDE = {"columns": 132, "rows": 50, "color_depth": 24, "background": "dark", "cell": [10, 20]}
NARROW = {"columns": 60, "rows": 20, "color_depth": 1, "background": "light"}


@pytest.fixture(scope="module")
def kernel_env(kernel_env: dict[str, str]) -> dict[str, str]:
    """With no size in it: who runs the tests may have set one."""
    return {**kernel_env, "COLUMNS": "", "LINES": ""}


def run_at(client: Client, terminal: dict[str, Any] | None, code: str) -> Ran:
    """Run a cell as a front end with that terminal does, in a session of its own for each."""
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    metadata = {} if terminal is None else {"terminal": terminal}
    request = client.session.msg("execute_request", content, metadata=metadata)
    request["header"]["session"] += f"-{terminal and terminal['columns']}"
    client.shell_channel.send(request)
    ran = client.collect(request["header"]["msg_id"])
    assert ran.status == "ok", ran.contents("error")
    return ran


def result(client: Client, terminal: dict[str, Any] | None, code: str) -> Any:
    return eval(run_at(client, terminal, code).result)


def resized_while(client: Client, code: str) -> str:
    """The result of a cell whose terminal is another as soon as it has said something."""
    content = {"code": code, "silent": False, "store_history": True}
    request = client.session.msg("execute_request", content, metadata={"terminal": WIDE})
    client.shell_channel.send(request)
    while client.get_iopub_msg(timeout=20)["msg_type"] != "stream":
        pass
    client.send_request("terminal_request", {**WIDE, "columns": 77, "rows": 11}, "control")
    return client.collect(request["header"]["msg_id"]).result


def test_the_size_is_the_front_end_s(client: Client) -> None:
    code = "import os, shutil; (tuple(os.get_terminal_size()), tuple(shutil.get_terminal_size()))"
    assert result(client, WIDE, code) == ((132, 50), (132, 50))
    assert result(client, NARROW, code) == ((60, 20), (60, 20))
    assert result(client, WIDE, "tuple(shutil.get_terminal_size())") == (132, 50)
    assert result(client, None, "tuple(shutil.get_terminal_size((7, 8)))") == (7, 8)


def test_children_know_it_too(client: Client) -> None:
    names = "$COLUMNS $LINES $NO_COLOR $COLORTERM $POLARS_TABLE_WIDTH"
    code = f"import subprocess\nsubprocess.getoutput('echo {names}')"
    assert result(client, WIDE, code) == "132 50 truecolor 132"
    assert result(client, NARROW, code) == "60 20 1 60"
    assert result(client, None, code) == ""


def test_what_the_user_has_set_stays(client: Client) -> None:
    run_at(client, WIDE, "import os; os.environ['COLUMNS'] = '99'")
    assert result(client, NARROW, "(os.environ['COLUMNS'], os.environ['LINES'])") == ("99", "20")
    run_at(client, NARROW, "del os.environ['COLUMNS']")


def test_a_resize_while_a_cell_runs(client: Client) -> None:
    code = (
        "import os, shutil, time\n"
        "print('runs', flush=True)\n"
        "while shutil.get_terminal_size().columns == 132: time.sleep(0.01)\n"
        "tuple(shutil.get_terminal_size())"
    )
    assert resized_while(client, code) == "(77, 11)"
    assert client.get_control_msg(timeout=20)["content"] == {"status": "ok"}


def test_streams_are_a_terminal_s(client: Client) -> None:
    code = "import sys; (sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty())"
    assert result(client, WIDE, code) == (True, True, False)
    assert result(client, None, code) == (False, False, False)


def test_a_notebook_s_kernel_for_a_notebook_and_a_terminal_for_a_terminal(client: Client) -> None:
    """tqdm.auto and others ask like this."""
    asks = "'IPKernelApp' in get_ipython().config"
    assert [result(client, terminal, asks) for terminal in (WIDE, None, NARROW, None)] == [
        False,
        True,
        False,
        True,
    ]


def test_numpy_and_pandas_take_the_width(client: Client) -> None:
    pytest.importorskip("pandas")
    many = "import numpy as np, pandas as pd\nframe = pd.DataFrame(np.arange(90).reshape(3, 30) * 1000)\n"
    assert width(run_at(client, WIDE, many + "print(np.arange(200))")) > 100
    assert width(run_at(client, NARROW, "print(np.arange(200))")) <= 60
    for terminal, columns in ((WIDE, 132), (NARROW, 60)):
        shown = run_at(client, terminal, "print(frame)\nprint(repr(frame))")
        assert columns - 15 < width(shown) <= columns
    assert result(client, None, "pd.get_option('display.width'), pd.get_option('display.max_columns')") == (
        80,
        20,
    )
    run_at(client, None, "pd.set_option('display.width', 40)")
    assert result(client, WIDE, "pd.get_option('display.width'), pd.get_option('display.max_columns')") == (
        40,
        0,
    )


def width(ran: Ran) -> int:
    return max(map(len, ran.text().splitlines()))


def test_rich_and_tqdm_take_the_terminal_s_road(client: Client) -> None:
    pytest.importorskip("rich")
    code = (
        "from rich.console import Console\n"
        "console = Console()\n"
        "(console.width, console.is_jupyter, console.is_terminal, console.color_system)"
    )
    assert result(client, WIDE, code) == (132, False, True, "truecolor")
    bars = "from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass\ntqdm.__module__"
    ran = run_at(client, NARROW, bars)
    assert ran.result == "'tqdm.asyncio'"
    assert 50 < max(map(len, ran.text("stderr").strip().split("\r"))) < 60


def test_rich_follows_its_terminal(client: Client) -> None:
    """A console that is kept, as rich.get_console() is, has the width of now, also within a cell."""
    pytest.importorskip("rich")
    run_at(client, WIDE, "import rich, os, time; kept = rich.get_console()")
    assert result(client, WIDE, "tuple(kept.size)") == (132, 50)
    assert result(client, NARROW, "tuple(kept.size)") == (60, 20)
    code = "print('runs', flush=True)\nwhile kept.width == 132: time.sleep(0.01)\ntuple(kept.size)"
    assert eval(resized_while(client, code)) == (77, 11)
    assert client.get_control_msg(timeout=20)["content"] == {"status": "ok"}
    run_at(client, WIDE, "os.environ['COLUMNS'] = '99'")
    assert result(client, NARROW, "kept.width, rich.console.Console().width") == (99, 99)
    run_at(client, NARROW, "del os.environ['COLUMNS']")


PLOT = """
import matplotlib.pyplot as plt
_ = plt.plot([1, 2], color="red"); _ = plt.title("t")
"""


def picture(ran: Ran) -> tuple[Any, ...]:
    import base64
    import io

    from PIL import Image

    [display] = ran.contents("display_data")
    shown = Image.open(io.BytesIO(base64.b64decode(display["data"]["image/png"]))).convert("RGBA")
    pixels = shown.tobytes()
    red = sum(pixels[at : at + 3] == b"\xff\0\0" for at in range(0, len(pixels), 4))
    inked = sum(pixels[at] > 128 for at in range(3, len(pixels), 4))
    return shown.size, shown.getpixel((1, 1)), red, inked


def test_plots_suit_the_terminal(client: Client) -> None:
    """They appear by themselves: transparent on a dark ground, white on a light one, sharp, and not larger
    than the terminal; what is saved to a file is as ever."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("PIL")
    plain, corner, _, _ = picture(run_at(client, None, PLOT))
    assert corner == (255, 255, 255, 255)
    size, corner, red, _ = picture(run_at(client, WIDE, PLOT))
    assert size == pytest.approx((plain[0] * 1.25, plain[1] * 1.25), abs=3)  # its cells are 20 pixels high
    assert corner[3] == 0
    assert red > 100
    size, corner, _, _ = picture(run_at(client, NARROW, PLOT))
    assert corner == (255, 255, 255, 255)
    assert size < (480, 0.8 * 20 * 16)
    saved = "figure = plt.figure(); figure.add_subplot(); display(figure)\n" + (
        "(figure.dpi, figure.get_facecolor(), figure.axes[0].spines['left'].get_edgecolor())"
    )
    dpi, face, edge = result(client, WIDE, saved)
    assert (dpi, face, edge) == (100.0, (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 1.0))


def test_a_plot_has_whole_cells_where_it_would_be_scaled_to_them(client: Client) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("PIL")
    for cell in ([9, 18], [13, 27]):
        told = {**WIDE, "graphics": "kitty", "cell": cell}
        width, height = picture(run_at(client, told, PLOT))[0]
        assert (width % cell[0], height % cell[1]) == (0, 0)


def test_a_legend_has_no_ground_where_it_would_be_drawn_in_letters(client: Client) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("PIL")
    plot = PLOT.replace("[1, 2]", "[1, 2], label='x'") + "_ = plt.legend(loc='center')"
    inked = {
        graphics: picture(run_at(client, {**WIDE, "graphics": graphics}, plot))[3]
        for graphics in ("kitty", "text")
    }
    assert inked["kitty"] - inked["text"] > 1000


def test_a_description_that_is_none_is_passed_over(client: Client) -> None:
    for wrong in ({"columns": "wide", "rows": 2}, {"columns": 0, "rows": 2}, {"columns": True, "rows": 2}):
        content = {"code": "1", "silent": False}
        request = client.session.msg("execute_request", content, metadata={"terminal": wrong})
        client.shell_channel.send(request)
        assert client.collect(request["header"]["msg_id"]).status == "ok"
    client.send_request("terminal_request", {"columns": -1, "rows": 2}, "control")
    assert "from 1 to" in client.get_control_msg(timeout=20)["content"]["evalue"]
    client.send_request("terminal_request", {}, "control")
    assert "'columns'" in client.get_control_msg(timeout=20)["content"]["evalue"]


# --- the parts


def test_terminals_are_bounded_and_odd_fields_are_passed_over() -> None:
    terminals = Terminals()
    for number in range(MAX_TERMINALS + 5):
        session = Session(b"")
        told = {"columns": number + 1, "rows": 2, "cell": [0, 1], "background": "pink", "color_depth": 3}
        request = session.message("terminal_request", told)
        assert terminals.request(request) == Terminal(number + 1, 2)
        if number == 0:
            first = request.header.session
    assert terminals.of(first) is None
    with pytest.raises(BadRequest):
        terminals.request(session.message("terminal_request", {"columns": 1}))


def test_an_item_that_the_user_has_changed_is_the_user_s() -> None:
    value = ["plain"]
    item = Item(lambda: value[0], lambda new: value.__setitem__(0, new))
    item.wear("ours")
    assert value == ["ours"]
    item.take_off()
    assert value == ["plain"]
    item.wear("ours")
    value[0] = "theirs"
    item.take_off()
    item.wear("other")
    assert value == ["theirs"]


def test_a_module_is_seen_when_it_has_been_imported(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    finder = AfterImport()
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    seen = []
    finder.call("zfirst", lambda module: seen.append(module.value))
    (tmp_path / "zfirst.py").write_text("1 / 0")
    with pytest.raises(ZeroDivisionError):
        import zfirst  # type: ignore[import-not-found]  # noqa: F401
    (tmp_path / "zfirst.py").write_text("value = 'a value'")
    import importlib

    importlib.invalidate_caches()
    module = importlib.import_module("zfirst")
    assert seen == ["a value"]
    assert module.__loader__ is module.__spec__.loader  # type: ignore[union-attr]
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    del sys.modules["zfirst"]
