"""Log lines: one JSON object each, without personal data. Everything that is logged leaves here.

Messages of exceptions and the finished sentences of libraries may hold what people typed, or the
token in an address. So an exception becomes its type and places in the code, and a library's
words are shown only as they stand in its source, with nothing filled in.
"""

from __future__ import annotations

import linecache
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, WrappedLogger

_ROOT = Path(__file__).parents[1]
_ROOMS = ("bot", "handlers", "models", "scheduler", "locales")
_LOUD = ("warning", "error", "critical")
_MOST_PLACES = 12
_MOST_CAUSES = 8

Watcher: TypeAlias = Callable[[str, str], None]

log = structlog.get_logger()


_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Tell level and event of every line that is a warning or worse; of a library's line its
    name instead of the event."""
    _watchers.append(watcher)


def configure(level: str = "info", *, pretty: bool = False, stream: TextIO | None = None) -> None:
    """Lines of `level` and above go to `stream` (the error stream); `pretty` for a terminal.

    Libraries say only what is wrong, unless everything ("debug") is asked for.
    """
    least = logging.getLevelNamesMapping()[level.upper()]
    renderer = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            without_values,
            _tell_watchers,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
    )
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries())
    root.setLevel(least if least < logging.INFO else max(least, logging.WARNING))
    logging.captureWarnings(True)
    sys.excepthook = lambda _kind, error, _trace: _crash(error)
    sys.unraisablehook = lambda found: _stray(found.exc_value)
    threading.excepthook = lambda found: _stray(found.exc_value)


def without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor: an exception becomes type and places, an object of ours its type."""
    error = _exception(event.pop("exc_info", None))
    event.pop("stack_info", None)
    plain = {key: _plain(value) for key, value in event.items()}
    return {**plain, **trace(error)} if error is not None else plain


def _tell_watchers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    level = event["level"]
    if level in _LOUD:
        library = str(event.get("logger", "")).partition(".")[0]
        for watcher in _watchers:
            watcher(level, library or str(event["event"]))
    return event


def trace(error: BaseException) -> dict[str, Any]:
    """What broke, why, and where: types and places, never what an exception says."""
    first, *causes = list(_chain(error))[:_MOST_CAUSES]
    found: dict[str, Any] = {"error": type(first).__name__}
    if causes:
        found["because"] = [type(cause).__name__ for cause in causes]
    found["at"] = _places(first)
    return found


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what led to it; of a group its members, since it says nothing itself."""
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _chain(member)
        return
    yield error
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)


def _places(error: BaseException) -> list[str]:
    """Our frames, outermost first, and the innermost one whosever it is."""
    frames = [
        (Path(frame.f_code.co_filename), line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    kept = [found for found in frames[:-1] if _is_ours(found[0])] + frames[-1:]
    return [f"{_short(path)}:{line} {name}" for path, line, name in kept[-_MOST_PLACES:]]


def _is_ours(path: Path) -> bool:
    return path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _ROOMS


def _short(path: Path) -> str:
    return str(path.relative_to(_ROOT)) if _is_ours(path) else "/".join(path.parts[-2:])


def _exception(info: Any) -> BaseException | None:
    """What structlog and logging accept as `exc_info`."""
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return _exception(info[1])
    return sys.exc_info()[1] if info else None


def _plain(value: Any) -> Any:
    """Numbers, words, and lists of them; of anything else its type, for it may print itself."""
    match value:
        case str() | int() | float() | None:
            return value
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return type(value).__name__


class _Libraries(logging.Handler):
    """What libraries log goes the way of our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        path = Path(record.pathname)
        log.log(
            min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL),
            _as_written(record) or record.name,
            logger=record.name,
            place=f"{_short(path)}:{record.lineno} {record.funcName}",
            exc_info=record.exc_info,
        )


def _as_written(record: logging.LogRecord) -> str:
    """The library's words if they stand so in its source; made at run time, they hold values."""
    words = record.msg
    source = linecache.getlines(record.pathname)
    return words if isinstance(words, str) and any(words in line for line in source) else ""


def _crash(error: BaseException) -> None:
    if not isinstance(error, KeyboardInterrupt):
        log.critical("crash", exc_info=error)


def _stray(error: BaseException | None) -> None:
    """An exception that nobody could be handed."""
    if error is not None and not isinstance(error, SystemExit):
        log.error("stray", exc_info=error)
