"""The app: a function, what it costs, how many calls it takes at once."""

import os
import re
import signal
import threading
from collections.abc import Callable
from typing import Any

from .inputs import Input, inputs_of
from .registration import Registration
from .server import Server

_name = re.compile(r"^[A-Za-z0-9][\w./-]{0,127}$")
_amount = re.compile(r"^\d{1,30}(\.\d{1,18})?$")


class App:
    """An app that others call. `price` is a decimal number as text, in `currency` (usd or wei) per `per` (second or request); without it, free."""

    def __init__(
        self,
        name: str,
        *,
        price: str | None = None,
        currency: str = "usd",
        per: str = "request",
        capacity: int = 1,
        timeout_seconds: float = 300,
        version: str | None = None,
    ) -> None:
        if not _name.match(name):
            raise ValueError(f'"{name}" cannot be an app\'s name: use letters, digits, "-", "_", "." and "/", at most 128')
        if price is not None and not _amount.match(price):
            raise ValueError(f'the price "{price}" must be a decimal number such as "0.002"')
        if currency not in ("usd", "wei") or per not in ("second", "request"):
            raise ValueError("the currency is usd or wei, and it is paid per second or request")
        if currency == "wei" and price is not None and "." in price:
            raise ValueError("a price in wei must be a whole number")
        if capacity < 1 or timeout_seconds <= 0:
            raise ValueError("capacity is a whole number from 1, timeout_seconds is above 0")
        self.name = name
        self.price = price
        self.currency = currency
        self.per = per
        self.capacity = capacity
        self.timeout_seconds = timeout_seconds
        self.version = version
        self.run: Callable[..., Any] | None = None
        self.loader: Callable[[], None] = lambda: None
        self.inputs: dict[str, Input] = {}
        self.call_name: str | None = None

    def function(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """Marks the function that answers calls. Raises TypeError for parameters without a usable type."""
        self.inputs, self.call_name = inputs_of(run)
        self.run = run
        return run

    def load(self, loader: Callable[[], None]) -> Callable[[], None]:
        """Marks the function that runs once before the first call."""
        self.loader = loader
        return loader

    def schema(self) -> dict[str, Any]:
        price = None if self.price is None else {"amount": self.price, "currency": self.currency, "per": self.per}
        return {
            "name": self.name,
            "about": None if self.run is None or self.run.__doc__ is None else self.run.__doc__.strip(),
            "version": self.version,
            "price": price,
            "capacity": self.capacity,
            "inputs": {name: one.schema() for name, one in self.inputs.items()},
        }

    def serve(self, host: str = "127.0.0.1", port: int = 0, token: str | None = None) -> Server:
        """Serves the app in the background; `stop()` of what it returns ends that."""
        if self.run is None:
            raise ValueError("no function answers the calls: mark one with @app.function")
        return Server(self, host, port, token)

    def register(self, orchestrator_url: str, secret: str, app_url: str) -> Registration:
        """Registers the app with an orchestrator and keeps it registered, in the background."""
        return Registration(self, orchestrator_url, secret, app_url)

    def main(self) -> None:
        """Serves at HOST and PORT (127.0.0.1:8000) until a signal; registers with ORCH_URL and ORCH_SECRET where they are set."""
        host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
        server = self.serve(host, port, os.environ.get("AUTH_TOKEN") or None)
        print(f"{self.name} at {server.url}", flush=True)
        url, secret = os.environ.get("ORCH_URL"), os.environ.get("ORCH_SECRET")
        registration = None
        if url and secret:
            registration = self.register(url, secret, os.environ.get("APP_URL", server.url))
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        stopped.wait()
        if registration is not None:
            registration.stop()
        server.stop()
