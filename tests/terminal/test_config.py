"""Configuration and keys in a real terminal: vi's mode, changes while it runs, broken files, TERM=dumb."""

import re
import sys

import pytest

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")
BEAM, BLOCK = b"\x1b[6 q", b"\x1b[2 q"


def test_vi_is_switched_on_shown_and_switched_off_again(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("%config ZConsole.editing_mode = 'vi'\r")
    t.wait(r"^\[ins\] In \[1\]: $")
    assert BEAM in t.raw
    t.type("xx = 'one'")
    t.wait(r"xx = 'one'$")
    t.keys("esc")
    t.wait(r"^\[nav\] In \[1\]: xx = 'one'$")
    assert t.raw.rfind(BLOCK) > t.raw.rfind(BEAM)
    t.type("0x")
    t.wait(r"^\[nav\] In \[1\]: x = 'one'$")
    t.type("ccif x:\r")
    t.wait(r"^\[ins\] In \[1\]: if x:\n {9}\.\.\.: +$")
    t.keys("c-c")
    t.type("%keys vi-open\r")
    t.wait(r"^o +vi-open-below +open line below")
    t.type("%config ZConsole.editing_mode = emacs\r")
    t.wait_prompt(1)
    t.type("%config ZConsole.editing_mode\r")
    t.wait(r"^ZConsole\.editing_mode = 'emacs'$")
    t.type("%config KernelShell.ast_node_interactivity\r")  # the kernel's
    t.wait(r"'last_expr'")


def test_keys_are_changed_and_listed(terminal):
    t = terminal(*ZCONSOLE)
    t.wait_prompt(1)
    t.type("%config ZConsole.bindings = [{'command': 'clear', 'new_keys': 'f5'}, {'command': 'rnu'}]\r")
    t.wait(r"^bindings, entry 2: there is no command 'rnu' \(did you mean run\?\); %keys lists the names\.$")
    t.type("%keys clear\r")
    t.wait(r"^f5 +clear +throw the block away")
    t.type("print('aaa'")
    t.send(b"\x1b[15~")
    t.type("print('bbb')\r")
    t.wait("^bbb$")
    t.wait_prompt(2)


def test_a_broken_configuration_and_a_terminal_that_can_only_print(terminal, home, tmp_path):
    (tmp_path / "jupyter_zconsole_config.py").write_text(
        "c.ZConsole.bannr = False\n"
        "c.ZConsole.bindings = [{'command': 'newlin', 'new_keys': ['f5']}]\n"
        "c.ZConsole.theme = 3\n"
    )
    t = terminal(*ZCONSOLE, env={"JUPYTER_CONFIG_DIR": str(tmp_path), "TERM": "dumb", "NO_COLOR": "1"})
    t.wait(r"^In \[1\]: ")
    said = re.sub(r"\s+", " ", t.screen_text)
    assert "line 1: there is no ZConsole.bannr (did you mean banner?). It is left out." in said
    assert "line 3: ZConsole.theme expected a unicode string, not the int 3. It is left out." in said
    assert "bindings, entry 1: there is no command 'newlin'" in said
    t.type("x = input('name? ')\r")
    t.wait(r"^name\? ")
    t.type("Ada\r")
    t.wait(r"^In \[2\]: ")
    t.type("1/0\r")
    t.wait(r"^ZeroDivisionError: division by zero$")
    t.wait(r"^In \[3\]: ")
    t.keys("up", "up", "c-e")
    t.type("\x15x * 2\r")
    t.wait(r"^Out\[3\]: 'AdaAda'$")
    t.type("print(")
    t.settle(0.5)  # a signature would come when nobody types
    assert "print(*args" not in t.history_text
    t.type("7)\r")
    t.wait("^7$")
    assert b"\x1b" not in t.raw


@pytest.mark.parametrize("columns", [20])
def test_a_narrow_terminal_lists_keys_and_settings(terminal, columns):
    t = terminal(*ZCONSOLE, columns=columns, env={"PAGER": "cat"})
    t.wait_prompt(1)
    t.type("%keys suspend\r")
    t.wait(r"^c-z  suspend  stop", history=True)
    t.type("%config ZConsole\r")
    t.wait(r"notify = 'auto'", history=True)
    t.run("1 + 1")
    t.wait(r"^Out\[1\]: 2$")


def test_a_profile_is_the_consoles_and_the_kernels(terminal, home, tmp_path):
    settings = tmp_path / "zconsole" / "profiles" / "lab"
    settings.mkdir(parents=True)
    (settings / "jupyter_zconsole_config.py").write_text("c.ZConsole.banner = False\n")
    startup = tmp_path / "profile_lab" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("started = 'here'\n")
    env = {"JUPYTER_CONFIG_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    t = terminal(*ZCONSOLE, "--profile", "lab", env=env)
    t.wait_prompt(1)
    assert "zconsole" not in t.screen_text
    t.run("started")
    t.wait(r"^Out\[1\]: 'here'$")
    t.type("%restart\r")
    t.wait_prompt(1)
    t.run("started * 2")
    t.wait(r"^Out\[1\]: 'herehere'$")
