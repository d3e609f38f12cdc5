"""The app over HTTP: health, schema, calls."""

import base64
import inspect
import json
import queue
import select
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from .call import Call, Refusal
from .inputs import Media, read_inputs

if TYPE_CHECKING:
    from .app import App

# Body of one call.
max_body_bytes = 64 * 1024 * 1024
# Between two looks whether the caller is still there, seconds.
look_seconds = 0.25
# A connection that says nothing is closed, seconds.
idle_seconds = 60


class Server:
    """An app that answers calls, each in a thread of its own."""

    def __init__(self, app: "App", host: str, port: int, token: str | None) -> None:
        self.app = app
        self.token = token
        self.state = "loading"
        self.problem = ""
        self._running = 0
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self, "timeout": idle_seconds})
        self._http = ThreadingHTTPServer((host, port), handler)
        self._http.daemon_threads = True
        address, bound = self._http.server_address[:2]
        self.url = f"http://{address}:{bound}"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        threading.Thread(target=self._load, daemon=True).start()

    @property
    def running(self) -> int:
        return self._running

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _load(self) -> None:
        try:
            self.app.loader()
            self.state = "ready"
        except Exception as error:  # whatever it is, callers are told
            self.problem = str(error)
            self.state = "failed"

    def enter(self) -> Callable[[], None]:
        """Takes a place for a call; what it returns gives it back, once. Raises Refusal when there is none."""
        if self.state == "loading":
            raise Refusal(503, "the app is still loading")
        if self.state == "failed":
            raise Refusal(503, f"the app could not be loaded: {self.problem}")
        with self._lock:
            if self._running >= self.app.capacity:
                raise Refusal(503, f"all {self.app.capacity} places are taken: try again")
            self._running += 1
        held = [True]

        def leave() -> None:
            with self._lock:
                if held[0]:
                    self._running -= 1
                held[0] = False

        return leave


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Server
    is_answered = False

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        owner, app = self.owner, self.owner.app
        if self.path == "/health":
            is_ready = owner.state == "ready"
            status = ("IDLE" if owner.running < app.capacity else "OK") if is_ready else owner.state.upper()
            self._json(
                200 if is_ready else 503,
                {"status": status, "running": owner.running, "capacity": app.capacity, "problem": owner.problem},
            )
        elif self.path == "/schema":
            self._guarded(lambda: self._json(200, app.schema()))
        else:
            self._guarded(self._nothing_here)

    def do_POST(self) -> None:
        self.is_answered = False
        self._guarded(self._nothing_here if self.path != "/" else self._call)

    def _nothing_here(self) -> None:
        if self.path == "/":
            raise Refusal(405, "calls are POST requests")
        raise Refusal(404, f"there is nothing at {self.path}: calls go to /")

    def _guarded(self, answer: Any) -> None:
        try:
            token = self.owner.token
            if token is not None and self.headers.get("Authorization") != f"Bearer {token}":
                raise Refusal(401, "the token is missing or wrong")
            answer()
        except Refusal as refusal:
            # what is left of the body would be taken for the next request
            self.close_connection = True
            self._json(refusal.status, {"error": {"message": str(refusal)}})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:
            self.close_connection = True
            if not self.is_answered:
                self._json(500, {"error": {"message": str(error)}})

    def _call(self) -> None:
        owner, app = self.owner, self.owner.app
        leave = owner.enter()
        call: Call | None = None
        try:
            values = read_inputs(app.inputs, self.headers.get("Content-Type", ""), self._body())
            wants_events = "text/event-stream" in self.headers.get("Accept", "")
            happened: queue.Queue[tuple[str, Any]] = queue.Queue()
            call = Call(lambda share, what: happened.put(("progress", {"share": share, "what": what})))
            if app.call_name is not None:
                values[app.call_name] = call
            threading.Thread(target=_work, args=(app.run, values, call, happened), daemon=True).start()
            if wants_events:
                self._events(call, happened, leave)
            else:
                self._plain(call, happened, leave)
        finally:
            if call is not None:
                call.cancel()
            leave()

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit():
            raise Refusal(411, "the body needs a Content-Length")
        if int(length) > max_body_bytes:
            raise Refusal(413, f"the body is larger than {max_body_bytes} bytes")
        return self.rfile.read(int(length))

    def _next(self, call: Call, happened: "queue.Queue[tuple[str, Any]]", until: float) -> tuple[str, Any]:
        """What happens next. Raises Refusal when the time is over, BrokenPipeError when the caller has gone."""
        while True:
            try:
                return happened.get(timeout=look_seconds)
            except queue.Empty:
                pass
            if time.monotonic() > until:
                raise Refusal(504, f"the call was ended after {self.owner.app.timeout_seconds:g} s")
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and self.connection.recv(1, 2) == b"":  # MSG_PEEK: an end, not a byte
                raise BrokenPipeError

    def _until(self) -> float:
        return time.monotonic() + self.owner.app.timeout_seconds

    def _plain(self, call: Call, happened: "queue.Queue[tuple[str, Any]]", leave: Callable[[], None]) -> None:
        until, pieces, is_series = self._until(), [], False
        while True:
            what, value = self._next(call, happened, until)
            if what == "failed":
                raise value
            if what == "series":
                is_series = True
            elif what == "piece":
                pieces.append(_in_json(value))
            elif what == "result":
                break
        leave()  # whoever has the answer may call again
        if is_series:
            self._json(200, pieces)
        elif isinstance(value, Media):
            self._send(200, value.media_type, value.data)
        else:
            self._json(200, value)

    def _events(self, call: Call, happened: "queue.Queue[tuple[str, Any]]", leave: Callable[[], None]) -> None:
        until = self._until()
        self.is_answered = True
        self.close_connection = True
        self.send_response(200)
        for name, value in {"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        while True:
            try:
                what, value = self._next(call, happened, until)
            except Refusal as refusal:
                what, value = "failed", refusal
            if what == "failed":
                self._event("error", {"message": str(value)})
                break
            if what == "series":
                continue
            self._event(what, _in_json(value))
            if what == "result":
                break
        leave()
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, name: str, value: Any) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, value: Any) -> None:
        self._send(status, "application/json", json.dumps(value).encode() + b"\n")

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.is_answered = True
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _work(run: Any, values: dict[str, Any], call: Call, happened: "queue.Queue[tuple[str, Any]]") -> None:
    """Runs the function and tells what comes of it; ends a generator whose caller has gone."""
    try:
        outcome = run(**values)
        if not inspect.isgenerator(outcome):
            happened.put(("result", outcome))
            return
        happened.put(("series", None))
        for piece in outcome:
            if call.is_cancelled:
                outcome.close()
                return
            happened.put(("piece", piece))
        happened.put(("result", None))
    except Exception as error:  # whatever it is, the caller is told
        happened.put(("failed", error))


def _in_json(value: Any) -> Any:
    if not isinstance(value, Media):
        return value
    return {"mediaType": value.media_type, "base64": base64.b64encode(value.data).decode()}
