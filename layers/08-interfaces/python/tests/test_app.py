"""The kit over real sockets: what callers see."""

import http.client
import http.server
import json
import threading
import time
import unittest
import uuid
from collections.abc import Generator
from typing import Any, Literal
from urllib.parse import urlsplit

from livepeer_app import App, Call, File, Media, Refusal


def post(url: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", parts.path or "/", data, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers.get("Content-Type", ""), content


def get(url: str, path: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def form(fields: dict[str, str], files: dict[str, tuple[str, bytes]] = {}) -> tuple[bytes, dict[str, str]]:  # noqa: B006
    boundary = uuid.uuid4().hex
    parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n'.encode() + v.encode() for n, v in fields.items()]
    parts += [
        f'Content-Disposition: form-data; name="{n}"; filename="f"\r\nContent-Type: {t}\r\n\r\n'.encode() + d
        for n, (t, d) in files.items()
    ]
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def until(holds: Any) -> None:
    end = time.monotonic() + 20
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("it did not come true within 20 s")
        time.sleep(0.01)


class AppTest(unittest.TestCase):
    def serve(self, app: App, token: str | None = None, is_ready: bool = True) -> Any:
        server = app.serve(token=token)
        self.addCleanup(server.stop)
        if is_ready:
            until(lambda: server.state == "ready")
        return server

    def test_inputs_are_checked(self) -> None:
        app = App("shout")

        @app.function
        def shout(words: str, times: int = 1, end: Literal["!", "?"] = "!", loud: bool = True) -> dict[str, str]:
            """Says it louder."""
            return {"said": (words.upper() if loud else words) + end * times}

        url = self.serve(app).url
        self.assertEqual(json.loads(post(url, {"words": "hello"})[2]), {"said": "HELLO!"})
        body, headers = form({"words": "why", "times": "2", "end": "?", "loud": "false"})
        self.assertEqual(json.loads(post(url, body, headers)[2]), {"said": "why??"})
        status, _, content = post(url, {"words": 1, "times": 1.5, "end": ".", "nonsense": 1})
        self.assertEqual(status, 422)
        self.assertEqual(
            json.loads(content)["error"]["message"],
            "nonsense is not an input; words must be a text; times must be a whole number; end must be one of !, ?",
        )
        self.assertEqual(post(url, [])[0], 400)
        self.assertEqual(get(url, "/nothing")[0], 404)
        schema = get(url, "/schema")[1]
        self.assertEqual(schema["inputs"]["times"], {"type": "integer", "default": 1})
        self.assertEqual([schema["about"], schema["capacity"]], ["Says it louder.", 1])

    def test_files_come_and_go(self) -> None:
        app = App("mirror")

        @app.function
        def mirror(picture: File) -> Media:
            return Media(picture.data[::-1], picture.media_type)

        url = self.serve(app).url
        body, headers = form({}, {"picture": ("image/png", bytes([1, 2, 3, 255]))})
        self.assertEqual(post(url, body, headers), (200, "image/png", bytes([255, 3, 2, 1])))
        self.assertEqual(post(url, {"picture": {"mediaType": "image/gif", "base64": "YWI="}})[2], b"ba")
        self.assertEqual(post(url, {"picture": {"base64": "!"}})[0], 422)

    def test_pieces_and_progress(self) -> None:
        app = App("count")

        @app.function
        def count(to: int, *, call: Call) -> Generator[int, None, None]:
            for i in range(1, to + 1):
                call.progress(i / to, f"at {i}")
                yield i

        url = self.serve(app).url
        _, content_type, content = post(url, {"to": 2}, {"Accept": "text/event-stream"})
        self.assertEqual(content_type, "text/event-stream")
        self.assertEqual(
            content.decode().split("\n\n"),
            [
                'event: progress\ndata: {"share":0.5,"what":"at 1"}',
                "event: piece\ndata: 1",
                'event: progress\ndata: {"share":1.0,"what":"at 2"}',
                "event: piece\ndata: 2",
                "event: result\ndata: null",
                "data: [DONE]",
                "",
            ],
        )
        self.assertEqual(json.loads(post(url, {"to": 3})[2]), [1, 2, 3])

    def test_places_and_cancel(self) -> None:
        app, gone = App("slow"), threading.Event()

        @app.function
        def slow(*, call: Call) -> str:
            until(lambda: call.is_cancelled)
            gone.set()
            return "never read"

        server = self.serve(app)
        parts = urlsplit(server.url)
        caller = http.client.HTTPConnection(parts.hostname or "", parts.port)
        caller.request("POST", "/", b"{}", {"Content-Type": "application/json"})
        until(lambda: server.running == 1)
        status, _, content = post(server.url, {})
        self.assertEqual(status, 503)
        self.assertIn("all 1 places are taken", content.decode())
        self.assertEqual(get(server.url, "/health")[1]["status"], "OK")
        caller.close()
        self.assertTrue(gone.wait(20))
        until(lambda: server.running == 0)

    def test_time_is_over(self) -> None:
        app = App("long", timeout_seconds=0.3)

        @app.function
        def long(*, call: Call) -> None:
            until(lambda: call.is_cancelled)

        status, _, content = post(self.serve(app).url, {})
        self.assertEqual((status, json.loads(content)["error"]["message"]), (504, "the call was ended after 0.3 s"))

    def test_loading(self) -> None:
        app, may_load = App("heavy"), threading.Event()

        @app.load
        def load() -> None:
            may_load.wait(20)
            raise OSError("the weights are missing")

        @app.function
        def heavy() -> str:
            return "done"

        server = self.serve(app, is_ready=False)
        self.assertEqual((get(server.url, "/health")[0], post(server.url, {})[0]), (503, 503))
        may_load.set()
        until(lambda: server.state == "failed")
        self.assertIn("the weights are missing", post(server.url, {})[2].decode())

    def test_refusals_and_token(self) -> None:
        app = App("moody")

        @app.function
        def moody(mood: str) -> str:
            if mood == "bad":
                raise Refusal(409, "not today")
            raise ValueError("it broke")

        url = self.serve(app, token="secret").url
        self.assertEqual(post(url, {"mood": "bad"})[0], 401)
        key = {"Authorization": "Bearer secret"}
        self.assertEqual(post(url, {"mood": "bad"}, key)[0], 409)
        self.assertEqual(json.loads(post(url, {"mood": "x"}, key)[2]), {"error": {"message": "it broke"}})

    def test_descriptions(self) -> None:
        for change in ({"price": "much"}, {"price": "0.5", "currency": "wei"}, {"capacity": 0}, {"per": "year"}):
            with self.assertRaises(ValueError):
                App("app", **change)  # type: ignore[arg-type]
        with self.assertRaises(ValueError):
            App("no spaces")
        with self.assertRaises(TypeError):
            App("app").function(lambda anything: anything)


class RegistrationTest(unittest.TestCase):
    def orchestrator(self, answers: Any) -> tuple[str, list[tuple[str, Any]], list[str]]:
        """An orchestrator's side of the wire, as it was recorded."""
        beats: list[tuple[str, Any]] = []
        left: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path.endswith("/unregister"):
                    left.append(f"{self.path} {self.headers['Authorization']}")
                    self.send_response(204)
                    self.end_headers()
                    return
                beats.append((self.headers["Authorization"], json.loads(body)))
                status, told = answers(len(beats))
                content = json.dumps(told).encode() if isinstance(told, dict) else str(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}", beats, left

    def app(self) -> App:
        app = App("shout", price="0.01", per="second")
        app.function(lambda: "x")
        return app

    def test_stays_registered(self) -> None:
        def answers(count: int) -> tuple[int, Any]:
            if count == 3:
                return 401, "invalid heartbeat authorization"
            if count == 4:
                return 500, ""
            told = {"runner_id": "runner_1", "heartbeat_interval": "20ms"}
            return 200, {**told, "heartbeat_secret": f"own{count}"} if count in (1, 5) else told

        url, beats, left = self.orchestrator(answers)
        registration = self.app().register(url, "shared", "http://127.0.0.1:1")
        self.assertTrue(registration.registered.wait(20))
        until(lambda: len(beats) > 6)
        registration.stop()
        self.assertEqual([secret for secret, _ in beats[:6]], ["shared", "own1", "own1", "shared", "shared", "own5"])
        record = beats[1][1]
        self.assertEqual(record["runner_id"], "runner_1")
        self.assertEqual(record["price_info"], {"price": 36.0, "currency": "usd", "unit": "hour"})
        self.assertEqual(left, ["/runners/runner_1/unregister own5"])

    def test_refused(self) -> None:
        url, _, _ = self.orchestrator(lambda count: (401, "invalid registration authorization"))
        registration = self.app().register(url, "guess", "http://127.0.0.1:1")
        self.assertTrue(registration.registered.wait(20))
        self.assertIn("invalid registration authorization", registration.error or "")
        registration.stop()


if __name__ == "__main__":
    unittest.main()
