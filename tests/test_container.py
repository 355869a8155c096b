"""The image and the composition, as far as they can be looked at without Docker."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.cli import _parser
from bot.settings import Settings
from bot.web.serving import serving

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
ROOMS = ("bot", "handlers", "models", "scheduler", "locales")
REAL = {f"GRIDBOT_{name.upper()}" for name in Settings.model_fields}


def steps(name: str) -> list[str]:
    """What stands behind an instruction of the Dockerfile, each time; continued lines as one."""
    lines = re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines()
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def final() -> str:
    """The Dockerfile from its last FROM on."""
    return "FROM" + DOCKERFILE.rpartition("\nFROM")[2]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for step in steps("ENV") for pair in step.split())


def service(name: str) -> str:
    """The lines of one service."""
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", COMPOSE, re.MULTILINE)
    assert found, name
    return found.group(1)


def test_every_setting_that_is_named_exists():
    for page in (DOCKERFILE, COMPOSE, EXAMPLE):
        named = set(re.findall(r"GRIDBOT_[A-Z_]+", page)) - {"GRIDBOT_"}
        assert named
        assert named <= REAL


def test_what_the_image_sets_is_understood(monkeypatch: pytest.MonkeyPatch):
    for name, value in environment().items():
        if name.startswith("GRIDBOT_"):
            monkeypatch.setenv(name, value)
    settings = Settings()
    exposed = [int(port) for port in steps("EXPOSE")[0].split()]
    assert [settings.web_port, settings.webhook_port] == exposed
    assert str(settings.data_dir) in steps("VOLUME")


def test_what_the_image_runs_can_be_typed():
    (entry,), command = json.loads(steps("ENTRYPOINT")[0]), json.loads(steps("CMD")[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"][entry] == "bot.cli:main"
    assert _parser().parse_args(command).run.__name__ == "_run"


def test_the_image_is_made_of_what_is_there_and_of_every_room():
    copied = {word for step in steps("COPY") for word in step.split()[:-1] if "--" not in word}
    assert {path for path in copied - {"/venv"} if not (ROOT / path).exists()} == set()
    assert set(ROOMS) <= copied
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied - {
        "/venv"
    }


def test_the_last_stage_installs_no_tool_and_runs_as_nobody_special():
    assert "pip" not in re.sub(r"#.*", "", final())
    assert re.search(r"useradd .*gridbot", final())
    user, run = final().index("\nUSER gridbot"), final().index("\nENTRYPOINT")
    assert user < run
    assert steps("STOPSIGNAL") == ["SIGTERM"]


def test_the_images_python_is_one_that_we_promise():
    versions = {re.search(r"python:(\d+\.\d+)", step).group(1) for step in steps("FROM")}  # type: ignore[union-attr]
    assert versions == {"3.11"}


def test_every_data_file_goes_into_the_package():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    packed = {p.removeprefix("*") for p in settings["setuptools"]["package-data"]["*"]} | {".py"}
    found = {
        path.suffix
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert found <= packed


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_the_image_is_healthy_when_the_program_is_ready(status: int, code: int):
    check = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
    assert check[0] == "python"

    async def readyz(_request: object) -> Response:
        return Response(status_code=status)

    async def exit_code(port: str) -> int | None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *check[1:],
            env={"GRIDBOT_WEB_PORT": port, "http_proxy": "http://127.0.0.1:9"},
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await asyncio.wait_for(process.wait(), 60)

    async with serving(Starlette(routes=[Route("/readyz", readyz)]), "127.0.0.1", 0) as url:
        assert await exit_code(url.rpartition(":")[2]) == code
    assert await exit_code("9") != 0


def test_both_services_come_back_and_wait_for_each_other():
    bot, database = service("bot"), service("db")
    assert "restart: unless-stopped" in bot
    assert "restart: unless-stopped" in database
    assert re.search(r"depends_on:\n\s+db:\n\s+condition: service_healthy", bot)
    assert "pg_isready" in database
    assert int(re.search(r"image: postgres:(\d+)", database).group(1)) >= 15  # type: ignore[union-attr]
    grace = re.search(r"stop_grace_period: (\d+)s", bot)
    assert grace
    assert int(grace.group(1)) > 10, "what is on its way gets ten seconds"


def test_secrets_come_from_a_file_that_is_never_kept():
    needed = set(re.findall(r"\$\{(\w+)", COMPOSE))
    assert needed == {"GRIDBOT_TELEGRAM_TOKEN", "POSTGRES_PASSWORD"}
    assert needed <= set(re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE))
    assert all(f"${{{name}:?" in COMPOSE for name in needed), "without it nothing is started"
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_only_the_webhook_is_published_and_only_to_this_machine():
    published = re.findall(r"ports:\n((?:\s+(?:#.*|- .*)\n)+)", COMPOSE)
    assert len(published) == 1
    port = environment()["GRIDBOT_WEBHOOK_PORT"]
    assert re.findall(r"- (.*)", published[0]) == [f'"127.0.0.1:{port}:{port}"']


def test_volumes_that_are_used_are_declared():
    used = set(re.findall(r"- (\w+):/", COMPOSE))
    assert used == set(
        re.findall(r"^  (\w+):$", COMPOSE.partition("\nvolumes:\n")[2], re.MULTILINE)
    )
    assert f"- data:{environment()['GRIDBOT_DATA_DIR']}" in service("bot")
