"""
The program: a listener for each partner host, one for control, and one for the stage.

The stage is a second world with the same partners in it, for drills: each host is a path of one listener there. What
happens in one world is not known in the other. Control knows the stage's under `/stage`.
"""

import asyncio
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from apps.simulator import control
from apps.simulator.partner import World
from apps.simulator.platforms.gbp import routes as gbp
from apps.simulator.platforms.linkedin import routes as linkedin
from apps.simulator.platforms.mailchimp import routes as mailchimp
from apps.simulator.platforms.meta import routes as meta
from apps.simulator.platforms.tiktok import routes as tiktok
from apps.simulator.store import Store

PARTNERS = (meta, linkedin, tiktok, gbp, mailchimp)


@dataclass(frozen=True)
class Options:
    """How the program was started."""

    host: str
    port: int
    data: Path


async def serve(options: Options) -> int:
    """Listen until SIGTERM or SIGINT; print where, then `ready`."""
    world = World(store=Store(options.data / "simulator.sqlite3"))
    stage = World(store=Store(options.data / "stage.sqlite3"))
    runners: list[web.AppRunner] = []
    port = options.port
    try:
        for partner in PARTNERS:
            world.credentials |= partner.CREDENTIALS
            for host in partner.HOSTS:
                port = port + 1 if port else 0
                url = await _listen(runners, _app(partner.routes(world, host)), options.host, port)
                world.urls[host] = partner.address(host, url)
        stage.credentials, stage.urls = world.credentials, dict(world.urls)
        stage_url = await _listen(runners, _stage(stage), options.host, port + 1 if port else 0)
        desk = _app(control.routes(world, PARTNERS))
        desk.add_subapp("/stage", _app(control.routes(stage, PARTNERS)))
        control_url = await _listen(runners, desk, options.host, options.port)
    except OSError as error:
        print(f"The simulator cannot listen: {error.strerror}. Choose another --port.", file=sys.stderr)  # noqa: T201
        return 1
    _announce(world, SIMULATOR_URL=control_url, STAGE_URL=stage_url)
    await _until_told_to_stop()
    for runner in runners:
        await runner.cleanup()
    return 0


def _app(routes: list[web.RouteDef]) -> web.Application:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes(routes)
    return app


def _stage(world: World) -> web.Application:
    """Return every partner's hosts as paths of one application."""
    whole = _app([])
    for partner in PARTNERS:
        for host in partner.HOSTS:
            whole.add_subapp(f"/{host}", _app(partner.routes(world, host)))
    return whole


async def _listen(runners: list[web.AppRunner], app: web.Application, host: str, port: int) -> str:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    runners.append(runner)
    await web.TCPSite(runner, host, port).start()
    return f"http://{host}:{runner.addresses[0][1]}"


def _announce(world: World, **more: str) -> None:
    for name, value in {**world.urls, **world.credentials, **more}.items():
        print(f"REKNIT_{name}={value}")  # noqa: T201 - this is the program's answer
    print("ready", flush=True)  # noqa: T201


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
