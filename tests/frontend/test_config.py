"""Configuration: what is wrong in a file costs that alone and is said; profiles; settings changed live."""

import asyncio
import re

import pytest
from traitlets import TraitError

from tests.frontend.prompting import at_prompt, remembered
from zconsole.frontend import commands, profiles
from zconsole.frontend.app import initialize
from zconsole.frontend.changing import Changing, validated
from zconsole.frontend.configurable import GROUPS, ZConsole
from zconsole.frontend.errors import UsageError
from zconsole.frontend.look import Look
from zconsole.frontend.preferences import Preferences
from zconsole.frontend.settings import LIVE, Settings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(
        ZConsole, "config_file_paths", property(lambda app: [app.config_dir])
    )  # not the machine's
    return tmp_path


# --- files

PY, JSON = "jupyter_zconsole_config.py", "jupyter_zconsole_config.json"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            PY,
            "c.ZConsole.banner = 'perhaps'",
            "line 1: ZConsole.banner expected a boolean, not the str 'perhaps'.",
        ),
        (PY, "\nc.ZConsole.bannr = False", "line 2: there is no ZConsole.bannr (did you mean banner?)."),
        (PY, "\n\nc.Zconsole.banner = False", "line 3: there is no Zconsole here; did you mean ZConsole?"),
        (PY, "c.ZConsole.escape_wait = -1", "line 1: ZConsole.escape_wait should not be less than 0"),
        (PY, "c.ZConsole.bindings = 'x'", "line 1: ZConsole.bindings "),
        (PY, "c.ZConsole.bindings.append(3)", "line 1: "),
        (PY, "x = 1\n1/0", "line 2: ZeroDivisionError: division by zero. The file is left out."),
        (PY, "x = 1\nif x\n", "line 2: expected ':'. The file is left out."),
        (PY, "def f():\n    g()\n\nf()\n", "line 2: NameError: name 'g' is not defined."),
        (PY, "import nosuchmodule", "line 1: ModuleNotFoundError: No module named 'nosuchmodule'."),
        (PY, "\x00", "The file is left out."),
        (JSON, '{"ZConsole": {\n"banner": 1,}}', "line 2: "),
        (
            JSON,
            '{"ZConsole": {\n"bannr": true}}',
            "line 2: there is no ZConsole.bannr (did you mean banner?).",
        ),
        (JSON, "3", "The file is left out."),
        ("jupyter_config.py", "c.ZConsole.bannr = 1", "line 1: there is no ZConsole.bannr"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line_and_the_session_starts(
    folder, capsys, name, text, sentence
):
    (folder / name).write_text(text)
    assert initialize([]) == Settings()
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"zconsole: {folder / name}")
    assert sentence in said


def test_only_what_is_wrong_is_left_out(folder, capsys):
    (folder / PY).write_text(
        "c.ZConsole.editing_mode = 'vi'\nc.ZConsole.banner = 3\nc.ZConsole.theme = 'x'\n"
    )
    assert initialize([]) == Settings(editing_mode="vi", theme="x")
    assert "line 2" in capsys.readouterr().err


def test_what_others_have_in_jupyters_common_file_is_not_ours_to_judge(folder, capsys):
    (folder / "jupyter_config.py").write_text("c.ServerApp.port = 1\nc.ZConsole.banner = False")
    assert initialize([]) == Settings(banner=False)
    assert capsys.readouterr().err == ""


def test_what_is_wrong_on_the_command_line_ends_the_program(folder):
    with pytest.raises(UsageError, match="editing_mode"):
        initialize(["--ZConsole.editing_mode=x"])


def test_a_file_that_cannot_be_written_is_said(folder):
    (folder / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        initialize([f"--config={folder / 'file' / 'x.py'}", "--generate-config"])


# --- profiles


def profile(folder, name, text):
    directory = folder / "zconsole" / "profiles" / name
    directory.mkdir(parents=True)
    (directory / PY).write_text(text)


def test_a_profile_goes_before_the_files_without_one_and_the_command_line_before_it(folder):
    (folder / PY).write_text("c.ZConsole.banner = False\nc.ZConsole.theme = 'plain'\n")
    profile(folder, "work", "c.ZConsole.theme = 'work'\nc.ZConsole.editing_mode = 'vi'\n")
    settings = Settings(profile="work", banner=False, theme="work", editing_mode="vi")
    assert initialize(["--profile", "work"]) == settings
    options = ["--profile=work", "--ZConsole.editing_mode=emacs"]
    assert initialize(options) == settings._replace(editing_mode="emacs")
    assert initialize([]) == Settings(banner=False, theme="plain")


def test_a_profile_can_be_chosen_in_a_file(folder):
    (folder / PY).write_text("c.ZConsole.profile = 'work'")
    profile(folder, "work", "c.ZConsole.banner = False")
    assert initialize([]) == Settings(profile="work", banner=False)


def test_a_profile_that_is_not_there_is_refused_and_those_that_are_named(folder):
    profile(folder, "work", "")
    with pytest.raises(UsageError) as error:
        initialize(["--profile", "wrok"])
    assert re.search(
        r"no profile wrok: neither .*/zconsole/profiles/wrok nor .*profile_wrok", str(error.value)
    )
    assert "There is work." in str(error.value)
    for name in ("../x", "a b", ".", ""):
        with pytest.raises(UsageError, match="cannot be called"):
            profiles.folders(name, ["/x"])


def test_a_profile_of_ipythons_is_the_kernels(folder):
    (folder / "ipython" / "profile_lab").mkdir(parents=True)
    assert initialize(["--profile", "lab"]) == Settings(profile="lab")
    assert profiles.kernel_arguments("lab") == ["--profile", "lab"]
    assert profiles.kernel_arguments("work") == profiles.kernel_arguments("") == []


def test_a_profile_is_made(folder, capsys):
    assert initialize(["--profile", "new", "--generate-config"]) is None
    assert str(folder / "zconsole" / "profiles" / "new" / PY) in capsys.readouterr().out
    assert initialize(["--profile", "new"]) == Settings(profile="new")


# --- %config


class Paper:
    """A terminal as `Changing` sees it."""

    look = Look()

    def __init__(self):
        self.preferences = Preferences()
        self.said = []
        self.key_problems = ["bindings, entry 1: it makes no sense."]

    async def page(self, text):
        self.said.append(text)


def said(command, *more):
    """What each command says."""
    paper = Paper()
    changing = Changing(paper.said.append, paper)  # type: ignore[arg-type]
    for each in (command, *more):
        found = commands.find(each)
        assert found is not None
        assert found.name == "%config"
        asyncio.run(changing.config(found.argument))
    return paper.said, paper.preferences.now


@pytest.mark.parametrize(
    ("value", "setting"),
    [
        ("editing_mode = 'vi'", {"editing_mode": "vi"}),
        ("editing_mode=vi", {"editing_mode": "vi"}),
        ("suggestions = False", {"suggestions": False}),
        ("suggestions = false", {"suggestions": False}),
        ("elapsed_after = 1", {"elapsed_after": 1.0}),
        ("color_depth = 8", {"color_depth": "8"}),
        ("theme = gruvbox-dark", {"theme": "gruvbox-dark"}),
        ("prompt = '> '", {"prompt": "> "}),
        (
            "bindings = [{'command': 'newline', 'new_keys': ['f5']}]",
            {"bindings": ({"command": "newline", "new_keys": ["f5"]},)},
        ),
    ],
)
def test_a_setting_is_changed(value, setting):
    sentences, settings = said(f"%config ZConsole.{value}")
    assert settings == Settings(**setting)
    assert sentences == (["bindings, entry 1: it makes no sense."] if "bindings" in setting else [])


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            "%config ZConsole.editing_mode = emac",
            "ZConsole.editing_mode expected any of ['emacs', 'vi'], not the str 'emac'.",
        ),
        ("%config ZConsole.suggestions = perhaps", "ZConsole.suggestions "),
        ("%config ZConsole.elapsed_after = -1", "ZConsole.elapsed_after should not be less than 0"),
        ("%config ZConsole.elapsed_after = soon", "ZConsole.elapsed_after "),
        ("%config ZConsole.bindings = 3", "ZConsole.bindings "),
        ("%config ZConsole.edit_mode = vi", "There is no setting edit_mode; did you mean editing_mode?"),
        ("%config ZConsole.xyzzy", "There is no setting xyzzy. %config ZConsole lists them."),
        ("%config ZConsole.kernel_name = bash", "kernel_name cannot be changed while the session runs."),
        ("%config ZConsole.editing_mode vi", "%config ZConsole lists the settings"),
        ("%config ZConsole .editing_mode", "%config ZConsole lists the settings"),
    ],
)
def test_what_cannot_be_changed_is_said_and_nothing_changes(command, sentence):
    sentences, settings = said(command)
    assert len(sentences) == 1
    assert sentences[0].startswith(sentence)
    assert settings == Settings()


def test_a_setting_is_shown():
    (text, after), _ = said("%config ZConsole.editing_mode", "%config ZConsole.kernel_name")
    assert text == (
        "ZConsole.editing_mode = 'emacs'\n"
        "The keys' manner, as readline's. One of 'emacs', 'vi'. By default 'emacs'."
    )
    assert after.endswith("Fixed by now.")


def test_all_settings_are_listed_with_values_and_help():
    (text,), _ = said("%config ZConsole")
    lines = text.splitlines()
    for name in Settings._fields:
        (line,) = [line for line in lines if re.match(rf"[ -] {name} = ", line)]
        assert line.startswith("  " if name in LIVE else "- ")
    assert [line for line in lines if line in GROUPS] == list(GROUPS)
    assert max(map(len, lines)) <= 100


def test_what_is_changed_counts_with_the_next_key():
    """In the prompt that stands there, with half a block in it."""

    async def play(t):
        change = t.prompt._preferences.change
        await t.type("(", "In [1]: (")
        change(auto_brackets=True)
        await t.type("[", "In [1]: ([]")
        change(editing_mode="vi")
        await t.type("x", "[ins] In [1]: ([x]")
        change(prompt="{number}> ")
        await t.type("y", "[ins] 1> ([xy]")
        change(editing_mode="emacs", continuation="{line}: ")
        await t.type("\r", "2: ]")
        change(auto_brackets=False, bindings=({"command": "undo", "new_keys": ["f5"], "create": True},))
        await t.type("z)", "2: z)]")
        await t.type("\x1b[15~\x1b[15~\x1b[15~", "1> ([xy]")
        change(prompt="{nobody}")
        await t.type("!", "In [1]: ([xy!]")

    at_prompt(remembered(), play)


@pytest.mark.parametrize(
    "block", ["%config", "%config IPCompleter", "%config IPCompleter.greedy = True", " %config ZConsole"]
)
def test_what_else_is_configured_is_the_kernels(block):
    assert commands.find(block) is None


def test_every_setting_takes_its_own_default_as_it_is_written():
    for name, default in Settings()._asdict().items():
        written = repr(list(default) if isinstance(default, tuple) else default)
        assert validated(name, written) == default, name
        assert ZConsole.class_traits()[name].help
    with pytest.raises(TraitError):
        validated("editing_mode", "3")


def test_the_generated_file_has_every_setting(folder):
    initialize(["--generate-config"])
    text = (folder / PY).read_text()
    for name, default in Settings()._asdict().items():
        value = repr(list(default) if isinstance(default, tuple) else default)
        assert f"# c.ZConsole.{name} = {value}\n" in text
