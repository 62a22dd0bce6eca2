"""Tab and signatures with a real kernel in a real terminal."""

import sys
from pathlib import Path

ZCONSOLE = (sys.executable, "-m", "zconsole.frontend")


def test_a_session_of_tabs(terminal):
    t = terminal(*ZCONSOLE, columns=80)
    t.run("import os")
    # objects: names, kinds, signatures
    t.type("os.path.isl\t")
    t.wait(r"os.path.islink$")
    t.keys("c-c")
    t.wait_prompt(2)
    t.type("os.path.com\t")
    t.wait(r"In \[2\]: os.path.commonp$")
    t.wait(r"commonpath\(\)")
    t.keys("tab")
    t.wait(r"os.path.commonpath$")
    t.wait(r"function \(paths\)")
    t.keys("c-c", "c-c")
    t.wait_prompt(2)
    # paths, and the keys of a dictionary
    t.type("d = {'a.b': 1, 'key two': 2, '😀': 3}\r")
    t.wait_prompt(3)
    t.type("'😀𝒳', d['ke\t")
    t.wait(r"'😀𝒳', d\['key two *$")
    t.type("']\r")
    t.wait(r"^Out\[3\]: \('😀𝒳', 2\)$")
    t.wait_prompt(4)
    t.type("open('/etc/pass\t")
    t.wait(r"open\('/etc/passwd")
    t.wait(r"^ +passwd$|^ +passwd |open\('/etc/passwd$")
    t.keys("c-c", "c-c")
    t.wait_prompt(4)
    # magics, ours among them
    t.type("%rest\t")
    t.wait(r"In \[4\]: %restart$")
    t.keys("c-c")
    t.wait_prompt(4)
    t.type("%config ZConsole.signat\t")
    t.wait(r"%config ZConsole.signatures$")
    t.keys("c-c")
    t.wait_prompt(4)
    # a signature, and nothing of it when the cell has run
    t.type("os.path.join(")
    t.wait(r"^os.path.join\(a, \*p\)$")
    t.type("'a', 'b')\r")
    t.wait(r"^Out\[4\]: 'a/b'$")
    t.wait_prompt(5)
    assert "*p" not in t.history_text
    # the documentation, then the pager with all of it
    t.type("os.path.join")
    t.keys("s-tab")
    t.wait("Join two or more pathname components")
    t.keys("s-tab")
    t.wait(r"^Type: +function$")
    t.wait(r"In \[5\]: os.path.join\b")


def test_a_signature_while_a_cell_of_somebody_else_runs(terminal):
    """The subshell answers; the prompt of the second console is never in the way of its keys."""
    first = terminal(*ZCONSOLE)
    first.run("def doubled(number, times=2): return number * times")
    first.type("%connect_info\r")
    where = first.wait(r"--existing (\S+\s?\S*json)")[1].replace("\n", "")
    first.wait_prompt()
    first.type("print('be' + 'gun')\rwhile True: pass\r\r")
    first.wait("^begun$")
    second = terminal(*ZCONSOLE, "--existing", where)
    second.wait_prompt()
    second.type("doubled(")
    second.wait(r"^doubled\(number, times=2\)$")
    second.keys("c-c")
    second.wait_prompt()
    second.keys("c-d")
    assert second.wait_exit() == 0
    first.keys("c-c")
    first.wait("KeyboardInterrupt")


def test_what_is_said_meanwhile_stands_above_the_menu(terminal, home):
    t = terminal(*ZCONSOLE)
    t.run("import os, threading, time; from pathlib import Path; go = Path('go')")
    t.run("def tell(): [time.sleep(0.01) for _ in iter(go.exists, True)]; print('from behind')\r")
    t.run("threading.Thread(target=tell).start()")
    t.type("os.pa\t")
    t.wait(r"^In \[4\]: os\.pa\n(?:.*\n)*.*pathsep")
    (Path(home["HOME"]) / "go").touch()
    t.wait(r"^from behind\n\nIn \[4\]: os\.pa\n(?:.*\n)*.*pathsep")
    t.keys("tab")
    t.wait(r"^In \[4\]: os\.pardir$")
    t.keys("enter", "enter")
    t.wait(r"^Out\[4\]: '\.\.'$")
