"""What is loaded, in which order, and what is refused at start with a sentence that says the fix."""
# ruff: noqa: E501 - a plugin a line

from __future__ import annotations

import hashlib

import pytest

import pilotbridge
from pilotbridge import hookspecs
from pilotbridge.errors import ConfigurationError
from pilotbridge.plugin_manager.loading import hook_names, unnamed_files

ROUTES = """
    @hookimpl
    def route_alerts(alerts):
        return None
"""

SOURCE = """
class Source:
    type, options, groups, severities = 'beeper', None, False, {}
    def parse(self, incoming, options): ...
"""


def test_plugins_are_asked_in_the_order_of_the_configuration(shop):
    for name in ("zulu", "alpha", "mike"):
        shop.add(name, ROUTES)

    asked = [implementation.plugin for implementation in shop.load().implementations("route_alerts")]

    assert asked == ["zulu", "alpha", "mike"]


def test_a_file_that_nobody_names_is_not_run_and_is_told(shop):
    path = shop.write("stranger", "raise SystemExit('ran')")

    assert shop.load().loaded == ()
    assert unnamed_files(shop.outline()) == [path]


def test_safe_mode_loads_no_plugin(shop):
    shop.add("routes", ROUTES)

    assert shop.load(safe=True).loaded == ()


def test_a_loaded_file_shows_its_place_hooks_and_checksum(shop):
    path = shop.add("routes", ROUTES)

    (plugin,) = shop.load().loaded

    assert (plugin.origin, plugin.hooks) == (str(path), ("route_alerts",))
    assert plugin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_plugin_that_answers_nothing_is_known_as_idle(shop):
    shop.add("routes", ROUTES)
    shop.add("forgotten", "def quiet_at_night(alerts): return {}")

    plugins = shop.load()

    assert plugins.known().idle == {"forgotten"}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "@hookimpl\ndef route_alert(alerts): ...",
            "there is no hook route_alert; did you mean route_alerts?",
        ),
        ("def route_alerts(alerts): ...", "route_alerts is not marked; write @hookimpl above it"),
        ("@hookimpl\ndef route_alerts(alert): ...", "route_alerts asks for alert, which it is not given; did you mean alerts?"),
        ("@hookimpl(wrapper=True)\ndef route_alerts(alerts): yield", "is a wrapper"),
        ("import no_such_library", "does not run: ModuleNotFoundError"),
        ("def (", "does not run: SyntaxError"),
        ("@hookimpl\ndef register_sources(): return [1/0]", "register_sources failed: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit('bye')", "does not run: SystemExit: bye"),
        ("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})", "does not run: E: no reason given"),
        ("raise ValueError('\\ud800')", "does not run: ValueError: ?"),
        (f"{SOURCE}\n@hookimpl\ndef register_sources(): return Source()", "register_sources has to return a list"),
        (f"{SOURCE}\n@hookimpl\ndef register_sources(): return [Source]", "returned the class Source; write Source()"),
        ("class S: type = 'x'\n@hookimpl\ndef register_sources(): return [S()]", "without options, groups, severities, parse;"),
        ("@hookimpl\ndef register_chats(): return 'telegram'", "register_chats has to return a list"),
        ("@hookimpl\ndef register_config(): return {'a': int}", "register_config has to return a pydantic model (the class)"),
        ("@hookimpl\nasync def mute_group(group): ...", "mute_group is async; write it without async"),
        ("@hookimpl\ndef mute_group(group, *, now): ...", "mute_group takes now by name only; remove the *"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_work_is_refused_by_name(shop, code, sentence):
    shop.add("broken", code)

    with pytest.raises(ConfigurationError, match=r"plugin broken") as refused:
        shop.load()

    assert sentence in refused.value.reason


def test_two_plugins_may_not_bring_the_same_type(shop):
    source = f"{SOURCE}\n@hookimpl\ndef register_sources(): return [Source()]"
    shop.add("one", source)
    shop.add("two", source)

    with pytest.raises(ConfigurationError, match="'beeper' is brought by one and by two"):
        shop.load()


@pytest.mark.parametrize("mode", [0o602, 0o646])
def test_a_file_that_others_can_write_is_refused_with_the_line_to_paste(shop, mode):
    shop.add("open", ROUTES).chmod(mode)

    with pytest.raises(ConfigurationError, match=r"chmod go-w .*open\.py"):
        shop.load()


def test_a_folder_that_others_can_write_is_refused(shop):
    shop.add("fine", ROUTES)
    shop.folder.chmod(0o707)

    with pytest.raises(ConfigurationError, match="can be written by others"):
        shop.load()


def test_a_link_out_of_the_folder_is_refused(shop, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "real.py"
    elsewhere.write_text("")
    (shop.folder / "linked.py").symlink_to(elsewhere)
    shop.names.append("linked")

    with pytest.raises(ConfigurationError, match="is a link to"):
        shop.load()


def test_a_link_to_nothing_is_refused_by_name(shop):
    (shop.folder / "gone.py").symlink_to(shop.folder / "nowhere.py")
    shop.names.append("gone")

    with pytest.raises(ConfigurationError, match=r"gone\.py cannot be read: No such file"):
        shop.load()


def test_a_missing_folder_says_which_key_names_it(shop):
    shop.folder.rmdir()

    with pytest.raises(ConfigurationError, match=r"bridge\.plugin_folder"):
        shop.load()


def test_every_name_of_the_public_surface_is_there():
    assert all(getattr(pilotbridge, name) is not None for name in pilotbridge.__all__)


def test_every_hook_says_what_none_means_or_that_nothing_is_expected():
    undocumented = [name for name in hook_names() if not getattr(hookspecs, name).__doc__]

    assert not undocumented
