"""What a test result asks."""

from __future__ import annotations

from typing import Annotated, ClassVar

from handlers.engine.form import Ask, Form, Photo
from models.samples import Result


class TestResult(Form):
    """The result of one planned test, with the report's picture if there is one."""

    __test__ = False  # not a test case, whatever its name begins with

    code: ClassVar[str] = "result"
    review: ClassVar[bool] = False

    result: Result
    photo: Annotated[
        Photo | None, Ask(when=lambda a: a.result in (Result.NEGATIVE, Result.POSITIVE))
    ] = None
