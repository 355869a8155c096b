"""A log line says what happened and where, and nothing that somebody typed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from bot.logs import trace, without_values
from bot.settings import Settings

SECRET = "王芳 13800001001"


def cleaned(**event: Any) -> dict[str, Any]:
    return dict(without_values(None, "error", {"event": "it", **event}))


def _break() -> None:
    raise ValueError(SECRET)


def _fail() -> None:
    try:
        _break()
    except ValueError as error:
        raise KeyError(SECRET) from error


def failure() -> BaseException:
    with pytest.raises(KeyError) as caught:
        _fail()
    return caught.value


def logged(program: str) -> tuple[str, list[dict[str, Any]]]:
    """What a program of its own prints to its error stream: all of it, and its lines."""
    done = subprocess.run(
        [sys.executable, "-c", f"from bot import logs; logs.configure()\n{program}"],
        capture_output=True,
        timeout=60,
        text=True,
    )
    return done.stderr, [json.loads(line) for line in done.stderr.splitlines()]


def test_an_exception_is_its_type_its_causes_and_the_place():
    found = trace(failure())
    assert (found["error"], found["because"]) == ("KeyError", ["ValueError"])
    assert found["at"][-1].endswith(" _fail")
    assert SECRET not in str(found)


def test_a_group_is_its_members():
    group = ExceptionGroup(SECRET, [ExceptionGroup(SECRET, [failure()]), OSError(SECRET)])
    found = trace(group)
    assert (found["error"], found["because"]) == ("KeyError", ["ValueError", "OSError"])


def test_an_object_is_named_not_printed():
    line = cleaned(error=ValueError(SECRET), row=7, keys=["a", failure()], found={"name": SECRET})
    assert line == {
        "event": "it",
        "error": "ValueError",
        "row": 7,
        "keys": ["a", "KeyError"],
        "found": "dict",
    }


def test_the_exception_under_way_is_found():
    try:
        _break()
    except ValueError:
        line = cleaned(exc_info=True)
    assert (line["error"], SECRET in str(line)) == ("ValueError", False)
    assert "error" not in cleaned(exc_info=False)
    assert "error" not in cleaned(exc_info=(None, None, None))


def test_a_crash_is_a_line_and_not_a_traceback():
    said, (line,) = logged(f"raise ValueError({SECRET!r})")
    assert (line["event"], line["level"], line["error"]) == ("crash", "critical", "ValueError")
    assert not {"Traceback", "13800001001"} & set(said.replace('"', " ").split())


def test_what_nobody_can_be_handed_is_a_line_too():
    thread = f"import threading; threading.Thread(target=lambda: int({SECRET!r})).start()"
    unraisable = f"type('T', (), {{'__del__': lambda _: int({SECRET!r})}})()"
    for program in (thread, unraisable):
        said, (line,) = logged(program)
        assert (line["event"], line["error"]) == ("stray", "ValueError")
        assert "13800001001" not in said


def test_a_library_speaks_in_its_own_words_without_what_it_fills_in():
    source = "import logging, warnings\nlog = logging.getLogger('lib')\n"
    said, lines = logged(
        source + f"log.warning('no %s', {SECRET!r}); log.error('x' + {SECRET!r}); "
        f"log.info('quiet'); warnings.warn({SECRET!r})"
    )
    assert [line["logger"] for line in lines] == ["lib", "lib", "py.warnings"]
    assert {line["event"] for line in lines} == {"lib", "py.warnings"}  # no source to compare with
    assert "13800001001" not in said


def test_a_librarys_words_are_shown_as_they_stand_in_its_source(tmp_path: Any):
    (tmp_path / "lib.py").write_text(
        "import logging\n\ndef say(what):\n"
        "    logging.getLogger('lib').warning('no %s here', what)\n"
        "    logging.getLogger('lib').warning(f'no {what} here')\n"
    )
    path = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import lib; "
    said, (template, made) = logged(path + f"lib.say({SECRET!r})")
    assert (template["event"], made["event"]) == ("no %s here", "lib")
    assert template["place"].endswith("lib.py:4 say")
    assert "13800001001" not in said


def test_a_setting_that_cannot_be_read_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRIDBOT_WEB_PORT", "postgresql://bot:hunter2@db")
    with pytest.raises(ValueError) as caught:
        Settings()
    assert "web_port" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_whoever_watches_hears_what_is_wrong_by_its_kind():
    program = (
        "seen = []; logs.watch(lambda *line: seen.append(line))\n"
        "import logging, structlog, sys\n"
        "log = structlog.get_logger()\n"
        f"log.info('fine'); log.warning('database.away', error={SECRET!r})\n"
        f"logging.getLogger('lib.part').error('x' + {SECRET!r})\n"
        "log.error(repr(seen))"
    )
    _, lines = logged(program)
    assert lines[-1]["event"] == "[('warning', 'database.away'), ('error', 'lib')]"
