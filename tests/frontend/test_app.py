"""The command line: everything that is wrong is said in a sentence, before anything is started."""

import os
import re
import subprocess
import sys
import time

import pytest

from zconsole._version import __version__
from zconsole.frontend.app import initialize, refuse_unknown
from zconsole.frontend.choosing.kernels import local_connection
from zconsole.frontend.errors import UsageError
from zconsole.frontend.settings import NEWEST


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--nosuch"], "There is no option --nosuch"),
        (["--nosuch=1"], "There is no option --nosuch"),
        (["-x"], "There is no option -x"),
        (["--ZConsole.bannr=1"], "There is no option --ZConsole.bannr; did you mean --ZConsole.banner?"),
        (["--profil=x"], "There is no option --profil; did you mean --profile?"),
        (["--ZConsole.nosuch=1"], "There is no option --ZConsole.nosuch"),
        (["--Nosuch.banner=1"], "There is no option --Nosuch.banner"),
        (["script.py"], "script.py"),
        (["--no-banner", "script.py"], "script.py"),
        (["--kernel"], "--kernel needs a value"),
        (["--kernel", "--no-banner"], "--kernel needs a value"),
    ],
)
def test_what_nobody_knows_is_refused(argv, sentence):
    with pytest.raises(UsageError, match=re.escape(sentence)):
        refuse_unknown(argv)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["--kernel", "bash"],
        ["--kernel=bash"],
        ["--existing"],
        ["--existing", "x.json"],
        ["--existing", "--no-banner"],
        ["--recover"],
        ["--recover", "exp1", "--yes"],
        ["--recover", "--dry-run"],
        ["--ZConsole.banner=False"],
        ["--debug", "--log-level=10", "--help-all"],
    ],
)
def test_what_is_known_passes(argv):
    refuse_unknown(argv)


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    return tmp_path / "jupyter_zconsole_config.py"


def test_defaults_command_line_and_configuration_file(config):
    assert values([], "kernel_name", "existing", "banner") == ("zconsole", "", True)
    config.write_text("c.ZConsole.kernel_name = 'bash'\nc.ZConsole.banner = False\n")
    assert values(["--kernel", "ir"], "kernel_name", "banner") == ("ir", False)
    options = ["--existing", "--no-confirm-exit"]
    assert values(options, "existing", "confirm_exit") == ("kernel*.json", False)


@pytest.mark.parametrize(
    ("argv", "chosen"),
    [
        ([], ("", False, False)),
        (["--recover"], (NEWEST, False, False)),
        (["--recover", "--yes"], (NEWEST, True, False)),
        (["--recover", "exp1"], ("exp1", False, False)),
        (["--recover=exp1", "--dry-run"], ("exp1", False, True)),
    ],
)
def test_recovery(config, argv, chosen):
    assert values(argv, "recover", "yes", "dry_run") == chosen


def values(argv, *names):
    app = initialize(argv)
    return tuple(getattr(app, name) for name in names)


def test_a_configuration_file_that_is_not_there(config):
    with pytest.raises(UsageError, match="no configuration file"):
        initialize(["--config", "/nowhere/x.py"])


def test_a_value_of_the_wrong_kind():
    with pytest.raises(UsageError, match="pink"):
        initialize(["--style", "pink"])


def test_generate_config(config, capsys):
    assert initialize(["--generate-config"]) is None
    assert "c.ZConsole.confirm_exit" in config.read_text()


def run(*argv, **options):
    command = [sys.executable, "-m", "zconsole.frontend", *argv]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


def test_no_terminal(home):
    result = run(env=home)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"zconsole: .*terminal.*\.\n", result.stderr)


def test_the_version_is_there_at_once():
    begin = time.perf_counter()
    result = run("--version")
    took = time.perf_counter() - begin
    assert result.stdout == __version__ + "\n"
    assert took < 0.5  # 35 ms; only an import of something heavy on a very busy machine comes near
    modules = run("--version", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"}).stderr
    assert not re.search(r"\b(asyncio|zmq|traitlets|prompt_toolkit|json)\b", modules)


def test_free_ports():
    info = local_connection("x")
    assert (info.transport, info.ip, len(set(info.ports.values()))) == ("tcp", "127.0.0.1", 5)
