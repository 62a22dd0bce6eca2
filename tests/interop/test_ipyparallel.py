"""ipyparallel inside our kernel: a cluster on this machine is started, used and stopped from cells."""

from __future__ import annotations

from collections.abc import Iterator

import psutil
import pytest

from tests.kernel.strangers import Client, Ran, running_kernel, until

pytestmark = pytest.mark.slow

START = 120  # seconds; it takes seven on a machine that does nothing else


@pytest.fixture(scope="module")
def client(environment: dict[str, str]) -> Iterator[Client]:
    pytest.importorskip("ipyparallel")
    with running_kernel(environment) as client:
        began = client.run(
            "import ipyparallel as ipp\n"
            "cluster = ipp.Cluster(n=2, log_level=40)\n"
            "rc = cluster.start_and_connect_sync(activate=True)\n"
            "rc.ids",
            timeout=START,
        )
        assert began.status == "ok", began.reply
        assert began.result == "[0, 1]"
        yield client


def shown(ran: Ran) -> str:
    """What displays say: ipyparallel shows engines' text that way, to update it."""
    return "".join(content["data"].get("text/plain", "") for content in ran.contents("display_data"))


def test_px(client: Client) -> None:
    assert shown(client.run("%px import os; print('from an engine')")).count("from an engine") == 2
    assert shown(client.run("%px 6 * 7")).count("42") == 2


def test_a_failure_on_the_engines(client: Client) -> None:
    ran = client.run("%%px --no-stream\n1/0")
    assert ran.reply["content"]["ename"] == "CompositeError"
    assert "ZeroDivisionError" in "".join(ran.contents("error")[0]["traceback"])


def test_noblock_and_its_result(client: Client) -> None:
    assert "AsyncResult" in client.run("%%px --noblock\nx = 5; x + 1").result
    assert shown(client.run("%pxresult", timeout=START)).count("6") >= 2


def test_values(client: Client) -> None:
    assert client.run("rc[:]['x']").result == "[5, 5]"
    assert client.run("rc[:].map_sync(lambda n: n * n, range(4))").result == "[0, 1, 4, 9]"


def test_autopx(client: Client) -> None:
    """Every cell runs on the engines, until it is disabled."""
    assert client.run("%autopx").text() == "%autopx enabled\n"
    assert client.run("y = 'only there'").status == "ok"
    assert client.run("%autopx").text() == "%autopx disabled\n"
    assert client.run("rc[0]['y']").result == "'only there'"
    assert client.run("y").status == "error"


def test_a_result_is_awaited(client: Client) -> None:
    code = "import asyncio\nawait asyncio.wrap_future(rc[0].apply_async(lambda: 3))"
    assert client.run(code).result == "3"


def test_widgets_of_an_engine(client: Client) -> None:
    """Their comms go through our kernel, both ways."""
    pytest.importorskip("ipywidgets")
    ran = client.run(
        "%%px --targets 0\nimport ipywidgets as w\nslider = w.IntSlider(value=3); display(slider)"
    )
    opened = [content for content in ran.contents("comm_open") if content["data"]["state"].get("value") == 3]
    assert len(opened) == 1
    data = {"method": "update", "state": {"value": 8}, "buffer_paths": []}
    client.send_request("comm_msg", {"comm_id": opened[0]["comm_id"], "data": data})
    until(lambda: client.run("rc[0].apply_sync(lambda: slider.value)").result == "8")


def test_output_comes_while_the_engines_run_and_they_are_interrupted(client: Client) -> None:
    msg_id = client.execute("%px import time; print('begun', flush=True); time.sleep(100)", allow_stdin=False)
    while "begun" not in str(client.get_iopub_msg(timeout=20)["content"].get("data")):
        pass
    client.signal()
    assert "Sending signal SIGINT to engines" in client.collect(msg_id, timeout=START).text("stderr")
    assert client.run("rc[:].apply_sync(lambda: 'alive')", timeout=START).result == "['alive', 'alive']"


def test_stop(client: Client) -> None:
    """Nothing of the cluster is left, and the kernel goes on."""
    children = psutil.Process(client.launched.pid).children(recursive=True)
    assert len(children) >= 3, "a controller and two engines"
    assert client.run("rc.close(); cluster.stop_cluster_sync()", timeout=START).status == "ok"
    psutil.wait_procs(children, timeout=20)
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert client.run("'alive'").result == "'alive'"
