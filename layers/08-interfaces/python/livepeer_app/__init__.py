"""A Python function as an app on the network: typed inputs, health, places, price, streaming, progress and cancel."""

from .app import App
from .call import Call, Refusal
from .inputs import File, Media

__all__ = ["App", "Call", "File", "Media", "Refusal"]
