"""A conversation with one form, as a test tells it: the draft is re-read between all answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from handlers.engine.context import Context, Need, Option
from handlers.engine.draft import Draft
from handlers.engine.form import Form
from handlers.engine.step import Stepped, begin, show, step
from models.messages import VERBATIM, Inbound, Outbound, Text, dump_outbound, load_outbound

NOW = datetime(2022, 3, 5, 2, 0, tzinfo=UTC)  # Saturday 10:00 in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
NONCE = "n0nce"
WORDS = {
    "engine.back": "返回",
    "engine.cancel": "取消",
    "engine.skip": "跳过",
    "engine.none": "都没有",
    "engine.done": "完成",
    "engine.submit": "提交",
    "engine.edit": "修改",
    "engine.yes": "是",
    "engine.no": "否",
    "engine.all_fine": "全部正常",
    "engine.words.back": "上一步|back",
    "engine.words.none": "无|没有|none",
    "engine.words.submit": "确认|submit",
    "engine.words.cancel": "不填了|cancel",
    "engine.words.skip": "略过|skip",
    "well.symptoms.choice.cough": "咳嗽",
    "well.symptoms.choice.fatigue": "乏力",
    "well.symptoms.choice.sore_throat": "咽痛",
    "illness.symptoms.choice.cough": "咳嗽",
    "illness.symptoms.choice.fatigue": "乏力",
    "illness.symptoms.choice.sore_throat": "咽痛",
    "report.whom.choice.self": "本人",
    "report.whom.choice.family": "家人",
}


def say(text: Text) -> str:
    """Chinese where a test needs it, else the key with its parameters."""
    if text.key == VERBATIM:
        return str(text.params["text"])
    inner = [say(v) if isinstance(v, Text) else str(v) for v in text.params.values()]
    return " ".join([WORDS.get(text.key, text.key), *inner])


Source = Callable[[str], Sequence[Option]]


@dataclass
class Walk:
    """One person in one form."""

    form: type[Form]
    sources: Mapping[str, Source] = field(default_factory=dict)
    now: datetime = NOW
    draft: Draft | None = None
    last: Stepped = field(default_factory=Stepped)
    messages: int = 0
    seen: list[Outbound] = field(default_factory=list)
    _ids: Any = field(default_factory=count)

    def begin(self, **known: Any) -> Walk:
        self._run(lambda context: begin(self.form, NONCE, context, **known))
        return self

    def show(self) -> Walk:
        draft = self._reread()
        self._run(lambda context: show(self.form, draft, context))
        return self

    def type(self, text: str) -> Walk:
        return self.hear(kind="text", text=text)

    def tap(self, label: str) -> Walk:
        """The button whose label, as a key or in words, ends like this."""
        return self.tap_data(self.data(label))

    def tap_data(self, data: str) -> Walk:
        return self.hear(kind="tap", data=data, message_id="m7")

    def hear(self, **event: Any) -> Walk:
        self.messages += 1
        inbound = Inbound("console", "console:1", str(next(self._ids)), **event)
        draft = self._reread()
        self._run(lambda context: step(self.form, draft, inbound, context))
        return self

    def _reread(self) -> Draft:
        assert self.draft is not None, "the form is over"
        return Draft.from_json(self.draft.to_json())

    def _run(self, act: Callable[[Context], Stepped]) -> None:
        options: dict[Need, Sequence[Option]] = {}
        for _ in range(4):
            self.last = act(Context(self.now, ZONE, say, options))
            if (need := self.last.need) is None:
                break
            assert self.last == Stepped(need=need, draft=self.last.draft)
            assert need not in options, "the same need twice"
            options[need] = self.sources[need.source](need.query)
        else:
            raise AssertionError("no end of needs")
        self.draft = self.last.draft
        self._check()

    def _check(self) -> None:
        """What holds for every step of every test."""
        over = self.last.submitted is not None or self.last.cancelled
        assert over == (self.last.draft is None)
        assert self.last.replies or self.last.submitted is not None
        for reply in self.last.replies:
            assert all(0 < len(b.data.encode()) <= 64 for row in reply.rows for b in row)
            assert load_outbound(dump_outbound(reply)) == reply
            assert not (reply.keyboard and reply.rows)
        self.seen.extend(self.last.replies)

    # -- what she sees ---------------------------------------------------------------------------

    @property
    def reply(self) -> Outbound:
        return self.last.replies[-1]

    @property
    def keys(self) -> list[str]:
        return [line.key for line in self.reply.lines]

    @property
    def labels(self) -> list[str]:
        return [say(button.label) for row in self.reply.rows for button in row]

    @property
    def submitted(self) -> Any:
        assert self.last.submitted is not None, self.keys
        return self.last.submitted

    def line(self, key: str) -> Text:
        return next(line for line in self.reply.lines if line.key == key)

    def data(self, label: str) -> str:
        """What the button sends."""
        buttons = [button for row in self.reply.rows for button in row]
        found = [b for b in buttons if b.label.key.endswith(label) or say(b.label) == label]
        assert len(found) == 1, (label, self.labels)
        return found[0].data

    def asks(self, field: str) -> bool:
        """Whether this field is the question now."""
        return any(key.endswith(f".{field}.ask") for key in self.keys)

    def with_form(self, form: type[Form]) -> Walk:
        """The same conversation after a deploy."""
        return replace(self, form=form)
