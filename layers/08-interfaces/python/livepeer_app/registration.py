"""An app's place at an orchestrator, kept by heartbeats."""

import json
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import App

timeout_seconds = 10
max_pause_seconds = 30
_units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Registration:
    """Registers an app as a live runner, keeps it registered, and registers it anew when the orchestrator has forgotten it.

    `error` is set when the orchestrator refused it for good. Orchestrators sign their own certificates: those are not checked.
    """

    def __init__(
        self, app: "App", orchestrator_url: str, secret: str, app_url: str, say: Callable[[str], None] = lambda line: print(line, flush=True)
    ) -> None:
        self._app = app
        self._base = orchestrator_url.rstrip("/")
        self._secret = secret
        self._app_url = app_url
        self._say = say
        self._known: dict[str, str] | None = None
        self._stopping = threading.Event()
        self.registered = threading.Event()
        self.error: str | None = None
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Leaves the orchestrator."""
        self._stopping.set()
        self._thread.join(timeout_seconds + 1)
        if self._known is not None:
            try:
                self._post(f"/runners/{self._known['runner_id']}/unregister", b"", self._known["secret"])
            except OSError:
                pass  # it is forgotten soon in any case

    def _loop(self) -> None:
        pause = 0.5
        while not self._stopping.is_set():
            try:
                wait = self._beat()
                pause = 0.5
            except urllib.error.HTTPError as error:
                text = error.read().decode("utf-8", "replace").strip()
                if self._known is not None and error.code in (401, 404):
                    self._say("the orchestrator has forgotten this app: registering anew")
                    self._known, wait = None, 0.0
                elif self._known is None and error.code in (400, 401):
                    self.error = f"the orchestrator answered {error.code}: {text}"
                    self._say(self.error)
                    self.registered.set()
                    return
                else:
                    wait, pause = self._later(f"the orchestrator answered {error.code}: {text}", pause)
            except OSError as error:
                wait, pause = self._later(f"the orchestrator cannot be reached: {error}", pause)
            self._stopping.wait(wait)

    def _later(self, why: str, pause: float) -> tuple[float, float]:
        self._say(f"{why}: trying again in {pause:g} s")
        return pause, min(max_pause_seconds, pause * 2)

    def _beat(self) -> float:
        record = runner_record(self._app, self._app_url, None if self._known is None else self._known["runner_id"])
        secret = self._secret if self._known is None else self._known["secret"]
        told = json.loads(self._post("/runners/heartbeat", json.dumps(record).encode(), secret))
        if self._known is None:
            self._say(f"registered at {self._base} as {told['runner_id']}")
        self._known = {"runner_id": told["runner_id"], "secret": told.get("heartbeat_secret") or secret}
        self.registered.set()
        return _seconds(told.get("heartbeat_interval", ""))

    def _post(self, path: str, body: bytes, secret: str) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": secret}
        request = urllib.request.Request(f"{self._base}{path}", data=body, headers=headers, method="POST")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with urllib.request.urlopen(request, timeout=timeout_seconds, context=context) as answer:
            return answer.read(1024 * 1024)


def runner_record(app: "App", app_url: str, runner_id: str | None) -> dict[str, Any]:
    """The app as orchestrators know it: a runner whose calls stand alone."""
    record: dict[str, Any] = {
        "label": app.name,
        "app": app.name,
        "runner_url": app_url,
        "mode": "single-shot",
        "status": "ready",
        "capacity": app.capacity,
    }
    if runner_id is not None:
        record["runner_id"] = runner_id
    if app.version is not None:
        record["version"] = app.version
    if app.price is not None:
        amount = Decimal(app.price)
        is_fixed = app.per == "request"
        price = float(amount if is_fixed else amount * 3600)
        record["price_info"] = {"price": price, "currency": app.currency, "unit": "fixed" if is_fixed else "hour"}
    return record


def _seconds(text: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    return sum(float(value) * _units[unit] for value, unit in parts) or 5.0
