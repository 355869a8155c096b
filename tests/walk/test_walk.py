"""The whole main job over real HTTP: from the code on the gate to the released person.

The real program polls our Bot API server, as it would poll the platform's.
"""

from __future__ import annotations

from datetime import timedelta

from street import CHEN, FANG, QIANG, Street, be_tested, report, sign_in, verify

from models.accounts import Role


async def test_a_returnee_is_walked_from_the_gate_to_her_release(street: Street) -> None:
    await sign_in(street, QIANG, Role.GRID_WORKER, "010101")
    await sign_in(street, CHEN, Role.TOWNSHIP, "01")
    await report(street)
    await verify(street)

    await street.wait(timedelta(hours=23, minutes=30))  # 08:30 of the first day
    for day in range(1, 8):
        await street.tap(FANG, "36.2 正常")
        await street.seen(FANG, "已记录", "36.2")
        if day in (1, 4, 7):
            await be_tested(street, day)
        if day < 7:
            await street.wait(timedelta(hours=10))
            await street.tap(FANG, "36.5 正常")
            await street.seen(FANG, "已记录", "36.5")
            await street.wait(timedelta(hours=14))

    await street.seen(CHEN, "青石镇", "在管")
    await street.seen(QIANG, "观察期已满")
    await street.tap(QIANG, "办理解除")
    await street.tap(QIANG, "确认解除")
    await street.seen(FANG, "解除“中风险区返回”健康观察")
    await street.wait(timedelta(days=2))
    street.server.write(FANG, "/status")
    await street.seen(FANG, "目前不在健康观察中")
