"""The short way to the settings gives what the long way gives, and looks where Jupyter looks."""

import itertools
import os

import pytest
from jupyter_core.paths import jupyter_config_path

from zconsole.frontend.app import initialize
from zconsole.frontend.configurable import ZConsole
from zconsole.frontend.errors import UsageError
from zconsole.frontend.settings import (
    FILES,
    OPTIONS,
    Settings,
    at_once,
    is_own_start,
    may_be_configured,
    places,
)


@pytest.fixture
def unconfigured(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("JUPYTER_")]:
        monkeypatch.delenv(name)
    return tmp_path


ENVIRONMENTS = [
    {},
    {"JUPYTER_CONFIG_DIR": "/somewhere"},
    {"JUPYTER_CONFIG_PATH": "/one:/two/"},
    {"JUPYTER_CONFIG_PATH": "/one:"},
    {"JUPYTER_PREFER_ENV_PATH": "1"},
    {"JUPYTER_CONFIG_DIR": "relative", "JUPYTER_CONFIG_PATH": ".:x"},
]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("user_site", [True, False])
def test_every_place_of_jupyters_is_a_place_of_ours(unconfigured, monkeypatch, environment, user_site):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("site.ENABLE_USER_SITE", user_site)
    theirs = {*jupyter_config_path(), *ZConsole().config_file_paths}
    assert theirs <= set(places())


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_the_application_reads_is_seen(unconfigured, monkeypatch, name):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(unconfigured))
    text = {"json": '{"ZConsole": {"banner": false}}', "py": "c.ZConsole.banner = False"}
    (unconfigured / name).write_text(text[name.rpartition(".")[2]])
    assert initialize([]) == Settings(banner=False)
    assert may_be_configured()
    assert at_once([]) is None


@pytest.mark.parametrize("name", ["JUPYTER_PLATFORM_DIRS", "JUPYTER_NO_CONFIG"])
def test_where_the_rules_are_others_jupyter_is_asked(unconfigured, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert may_be_configured()


@pytest.mark.parametrize("argv", [["--kernel=bash"], ["--existing"], ["--config=x"], ["--debug"], ["x"]])
def test_what_needs_a_parser_is_left_to_one(unconfigured, argv):
    assert at_once(argv) is None


@pytest.fixture
def nothing_configured(unconfigured, monkeypatch):
    monkeypatch.setattr("zconsole.frontend.settings.may_be_configured", lambda: False)
    monkeypatch.setattr(ZConsole, "config_file_paths", [])


@pytest.mark.parametrize(
    "argv", [[], *([one] for one in OPTIONS), *map(list, itertools.combinations(OPTIONS, 2))]
)
def test_both_ways_end_in_the_same_settings(nothing_configured, argv):
    settings = at_once(argv)
    if settings is None:  # two that contradict each other
        assert argv[0].replace("no-", "").partition("=")[0] == argv[1].replace("no-", "").partition("=")[0]
    else:
        assert settings == initialize(argv)


@pytest.mark.parametrize(("option", "setting"), [("name", "session_name"), ("existing", "existing")])
@pytest.mark.parametrize("form", ["--{}=ada", "--{} ada", "--no-banner --{} ada", "--{}=a.b/c --linear"])
def test_a_name_needs_no_parser(nothing_configured, form, option, setting):
    argv = form.format(option).split()
    settings = at_once(argv)
    assert settings is not None
    assert getattr(settings, setting) in ("ada", "a.b/c")
    assert settings == initialize(argv)
    assert is_own_start(argv) == (option == "name")


@pytest.mark.parametrize(
    "argv",
    [
        ["--name"],
        ["--name="],
        ["--name", "--no-banner"],
        ["--name=a", "--name=b"],
        ["--name", "a", "b"],
        ["--existing=~/a"],
        ["--existing", '"a"'],
        ["--existing", "--name=a"],
    ],
)
def test_an_odd_name_is_left_to_the_parser(nothing_configured, argv):
    assert at_once(argv) is None


def test_two_values_for_one_option_are_refused_in_a_sentence(nothing_configured):
    with pytest.raises(UsageError, match="only accepts one value"):
        initialize(["--style=dark", "--style=light"])
