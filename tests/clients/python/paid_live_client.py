"""A client that pays for live runners through a remote signer, with the published SDK `livepeer-gateway`, unmodified.

Usage: paid_live_client.py ORCHESTRATOR_URL SECRET SIGNER_URL. Says one JSON value a line; goes on when a line comes in.
"""

import asyncio
import json
import sys

import aiohttp
from aiohttp import web
from livepeer_gateway import register_runner, reserve_session, runner_selector


def say(value) -> None:
    print(json.dumps(value), flush=True)


async def heard() -> None:
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


async def main(orchestrator: str, secret: str, signer: str) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path})

    application = web.Application()
    application.add_routes([web.route("*", "/{rest:.*}", answer)])
    server = web.AppRunner(application)
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    common = {"secret": secret, "runner_url": address, "auto_detect_gpu": False}
    hourly = await register_runner(orchestrator, app="demo/hourly", price=3.6, unit="hour", **common)
    fixed = await register_runner(
        orchestrator, app="demo/fixed", price=0.008, unit="fixed", mode="single-shot", **common
    )

    session = await reserve_session(orchestrators=orchestrator, app="demo/hourly", signer_url=signer)
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as http, http.get(f"{session.app_url}/a") as reply:
        say({"session": session.session_id, **(await reply.json())})
    await heard()
    released = session.released
    await session.aclose()
    say({"released": released})
    await heard()

    cursor = await runner_selector(orchestrators=orchestrator, app="demo/fixed", signer_url=signer)
    result = await cursor.next()
    say(result.data)
    await hourly.close()
    await fixed.close()
    await server.cleanup()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
