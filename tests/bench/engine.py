"""(a) Steps of the form engine in a second, the draft re-read and dumped as in a turn."""

from __future__ import annotations

import json

from handlers.engine.draft import Draft
from models.clock import monotonic
from tests.bench.people import WALK, answer, begun, event
from tests.bench.report import Row, count, times
from tests.bench.rounds import Scale, compete
from tests.bench.stock import StockBot


async def measure(scale: Scale) -> list[Row]:
    walks = scale.of(50, 1)
    stock = await StockBot(0, None).open()
    await stock.take(1, "/report")

    async def ours() -> float:
        began = monotonic()
        kept = json.dumps(begun().to_json())
        for _ in range(walks):
            for text in WALK:
                draft = answer(Draft.from_json(json.loads(kept)), event(1, 1, text)).draft
                assert draft is not None
                kept = json.dumps(draft.to_json())
        return walks * len(WALK) / (monotonic() - began)

    async def theirs() -> float:
        began = monotonic()
        for _ in range(walks):
            for text in WALK:
                await stock.take(1, text)
        return walks * len(WALK) / (monotonic() - began)

    found = await compete({"ours": ours, "stock": theirs}, scale.rounds)
    await stock.close()
    ratio = found["ours"] / found["stock"]
    return [
        Row(
            "a",
            "engine steps/s, each answer parsed and checked",
            count(found["ours"]),
            f"{count(found['stock'])}: python-telegram-bot's ConversationHandler in memory,"
            " nothing checked",
            times(ratio),
        )
    ]
