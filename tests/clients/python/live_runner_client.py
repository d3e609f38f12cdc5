"""A runner and its client with the published SDK `livepeer-gateway`, unmodified, against an orchestrator.

Usage: live_runner_client.py ORCHESTRATOR_URL SECRET. Prints what happened as one line of JSON.
"""

import asyncio
import json
import sys

import aiohttp
from aiohttp import web
from livepeer_gateway import (
    ChannelReader,
    TricklePublisher,
    call_runner,
    discover_runners,
    register_runner,
    reserve_session,
)


async def main(orchestrator: str, secret: str) -> dict:
    seen: dict = {"events": []}
    released = asyncio.Event()
    registration = None
    background = []

    async def publish(url: str) -> None:
        publisher = TricklePublisher(url, "application/json")
        for number in range(3):
            async with await publisher.next() as segment:
                await segment.write(json.dumps({"number": number}).encode())

    async def hello(request: web.Request) -> web.Response:
        channels = await registration.create_trickle_channels(
            request, [{"name": "out", "mime_type": "application/json"}]
        )
        proxy = await registration.create_proxy(request)
        background.append(asyncio.create_task(publish(channels[0]["internal_url"])))
        body = await request.text()
        return web.json_response({"echo": body, "channel": channels[0]["url"], "proxy": proxy.url})

    async def where(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path_qs})

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for number in range(3):
            await response.write(f"data: {number}\n\n".encode())
        return response

    application = web.Application()
    application.add_routes(
        [web.post("/hello", hello), web.get("/where/{rest:.*}", where), web.post("/stream", stream)]
    )
    server = web.AppRunner(application)
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]

    def on_reserve(event) -> None:
        seen["events"].append(event.event)

    def on_release(event) -> None:
        seen["events"].append(event.event)
        released.set()

    registration = await register_runner(
        orchestrator,
        secret=secret,
        runner_url=f"http://127.0.0.1:{port}",
        app="demo/python",
        capacity=1,
        auto_detect_gpu=False,
        heartbeat_interval_s=0.2,
        on_session_reserve=on_reserve,
        on_session_release=on_release,
    )
    [entry] = await discover_runners(discovery_url=f"{orchestrator}/discovery", app="demo/python")
    seen["apps"] = [runner["app"] for runner in entry["runners"]]
    session = await reserve_session(orchestrators=orchestrator, app="demo/python")
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{session.app_url}/hello", data="hi") as answer:
            said = await answer.json()
        seen["echo"] = said["echo"]
        seen["numbers"] = []
        async for event in ChannelReader(said["channel"])(start_seq=0):
            seen["numbers"].append(event["number"])
            if len(seen["numbers"]) == 3:
                break
        async with http.get(f"{said['proxy']}/where/x?y=z") as answer:
            seen["where"] = (await answer.json())["path"]
    await asyncio.gather(*background)
    seen["active"] = list(registration.active_session_ids) == [session.session_id]
    await session.aclose()
    await asyncio.wait_for(released.wait(), 20)
    await registration.close()

    once = await register_runner(
        orchestrator,
        secret=secret,
        runner_url=f"http://127.0.0.1:{port}/stream",
        app="demo/once",
        mode="single-shot",
        auto_detect_gpu=False,
    )
    [entry] = await discover_runners(discovery_url=f"{orchestrator}/discovery", app="demo/once")
    url = entry["runners"][0]["url"]
    async with await call_runner(url, stream=True) as answer:
        seen["stream"] = [line async for line in answer.aiter_lines() if line]
    await once.close()
    seen["left"] = await discover_runners(discovery_url=f"{orchestrator}/discovery")
    await server.cleanup()
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
