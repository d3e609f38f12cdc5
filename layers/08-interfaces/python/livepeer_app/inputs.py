"""Inputs of an app: read from a function's parameters, checked for every call."""

import base64
import binascii
import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Literal

from .call import Call, Refusal


@dataclass(frozen=True)
class File:
    """A file that a caller sends."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Media:
    """A file as the whole answer."""

    data: bytes
    media_type: str


@dataclass(frozen=True)
class Input:
    """One input: its type in the schema, the Python type, and whether it may be left out."""

    kind: str
    choices: tuple[str, ...]
    default: Any
    is_required: bool

    def schema(self) -> dict[str, Any]:
        described: dict[str, Any] = {"type": self.kind}
        if self.choices:
            described["choices"] = list(self.choices)
        if not self.is_required:
            described["default"] = self.default
        return described


_kinds = {str: "text", int: "integer", float: "number", bool: "boolean", File: "file"}
_wanted = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "file": "a file",
}


def inputs_of(function: Callable[..., Any]) -> tuple[dict[str, Input], str | None]:
    """Inputs by name, and the name of the parameter that takes the `Call`. Raises TypeError for a parameter without a usable type."""
    hints = typing.get_type_hints(function)
    inputs: dict[str, Input] = {}
    call_name: str | None = None
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name)
        if hint is Call:
            call_name = name
            continue
        is_required = parameter.default is inspect.Parameter.empty
        default = None if is_required else parameter.default
        if typing.get_origin(hint) is Literal:
            choices = typing.get_args(hint)
            inputs[name] = Input("choice", tuple(str(choice) for choice in choices), default, is_required)
        elif hint in _kinds:
            inputs[name] = Input(_kinds[hint], (), default, is_required)
        else:
            raise TypeError(
                f"parameter {name} of {function.__name__} needs a type: str, int, float, bool, Literal, File or Call"
            )
    return inputs, call_name


def read_inputs(inputs: dict[str, Input], content_type: str, body: bytes) -> dict[str, Any]:
    """The values of a call, checked. Raises Refusal with every problem at once."""
    given = _from_form(inputs, content_type, body) if content_type.startswith("multipart/form-data") else _from_json(inputs, body)
    problems = [f"{name} is not an input" for name in given if name not in inputs]
    values: dict[str, Any] = {}
    for name, one in inputs.items():
        if given.get(name) is None:
            if one.is_required:
                problems.append(f"{name} is missing")
            else:
                values[name] = one.default
            continue
        value = given[name]
        problem = _problem(name, one, value)
        if problem is None:
            values[name] = float(value) if one.kind == "number" else value
        else:
            problems.append(problem)
    if problems:
        raise Refusal(422, "; ".join(problems))
    return values


def _problem(name: str, one: Input, value: Any) -> str | None:
    if one.kind == "choice":
        return None if value in one.choices else f"{name} must be one of {', '.join(one.choices)}"
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "text": isinstance(value, str),
        "integer": is_number and float(value).is_integer(),
        "number": is_number,
        "boolean": isinstance(value, bool),
        "file": isinstance(value, File) and len(value.data) > 0,
    }[one.kind]
    return None if fits else f"{name} must be {_wanted[one.kind]}"


def _from_json(inputs: dict[str, Input], body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body) if body else {}
    except ValueError as error:
        raise Refusal(400, "the body is neither JSON nor a form") from error
    if not isinstance(given, dict):
        raise Refusal(400, "the body must be a JSON object")
    return {name: _file_from_json(name, value) if _is_file(inputs, name) else value for name, value in given.items()}


def _file_from_json(name: str, value: Any) -> File | None:
    if not isinstance(value, dict) or not isinstance(value.get("base64"), str):
        return None
    try:
        data = base64.b64decode(value["base64"], validate=True)
    except binascii.Error as error:
        raise Refusal(422, f"{name} is no base64") from error
    return File(str(value.get("name", name)), str(value.get("mediaType", "")), data)


def _from_form(inputs: dict[str, Input], content_type: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        raise Refusal(400, "the form cannot be read")
    given: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True) or b""
        file_name = part.get_filename()
        if file_name is not None:
            given[str(name)] = File(file_name, part.get_content_type(), data)
        else:
            given[str(name)] = _from_text(inputs.get(str(name)), data.decode("utf-8", "replace"))
    return given


def _from_text(one: Input | None, text: str) -> Any:
    """A form's text as the input's type; text that is none of it stays text, which then does not fit."""
    try:
        if one is not None and one.kind == "integer":
            return int(text)
        if one is not None and one.kind == "number":
            return float(text)
    except ValueError:
        return text
    if one is not None and one.kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _is_file(inputs: dict[str, Input], name: str) -> bool:
    return name in inputs and inputs[name].kind == "file"
