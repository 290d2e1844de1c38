"""Logs hold neither secrets nor people, whoever writes them, and are one line for a machine."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ponte.logs import MASK, mask_sensitive, set_up_logs

_SECRET = "s3cr3t-value"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "access_token",
        "refreshToken",
        "client_secret",
        "hint_secret",
        "password",
        "Authorization",
        "api_key",
        "document",
        "cpf",
        "payer_cnpj",
        "receiver_email",
        "phone",
        "buyer",
        "buyer_name",
        "receiver_name",
    ],
)
def test_a_value_under_a_sensitive_name_is_hidden_at_any_depth(name: str) -> None:
    event: dict[str, Any] = {
        "event": "called",
        name: _SECRET,
        "within": {name: {"further": _SECRET}, "list": [{name: [_SECRET]}]},
    }
    masked = mask_sensitive(None, "info", event)
    assert _SECRET not in repr(masked)
    assert masked[name] == MASK


def test_what_an_operator_needs_is_not_hidden() -> None:
    event = {"event": "pushed", "connection": 7, "sku": "CAM-1", "order": "606a", "reason": "429"}
    assert mask_sensitive(None, "info", dict(event)) == event


def test_our_lines_are_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    structlog.get_logger("ponte.test").info("pushed", connection=7, token=_SECRET)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["connection"], line["level"]) == ("pushed", 7, "info")
    assert line["token"] == MASK
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["text", "json"])
def test_lines_of_libraries_come_the_same_way(
    style: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("info", style)
    logging.getLogger("aiohttp.client").warning("broke %s", "off", extra={"password": _SECRET})
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "broke off" in said.err
    assert _SECRET not in said.err


def test_chatter_of_libraries_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "text")
    for name in ("procrastinate.worker", "uvicorn.error", "aiohttp.access"):
        logging.getLogger(name).info("chatter")
    structlog.get_logger("ponte.test").debug("detail")
    assert capsys.readouterr().err == ""


def test_a_failure_is_one_json_line_with_its_trace(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", "json")
    try:
        int("many")
    except ValueError as error:
        structlog.get_logger("ponte.test").error("unexpected failure", exc_info=error)
    line = json.loads(capsys.readouterr().err)
    assert "ValueError: invalid literal" in line["exception"]


def _fails_with(order: dict[str, str]) -> None:
    raise ZeroDivisionError(f"an order of {len(order)} fields")


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("by_library", [False, True])
def test_a_failure_shows_where_and_never_with_what(
    style: Any, by_library: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("info", style)
    order = {"receiver_name": "Maria Quintanilha", "password": _SECRET}
    try:
        _fails_with(order)
    except ZeroDivisionError as error:
        caught = error
    # As procrastinate does it: after the `except` block, with the error in hand.
    if by_library:
        logging.getLogger("procrastinate.worker").error("job failed", exc_info=caught)
    else:
        structlog.get_logger("ponte.test").error("job failed", exc_info=caught)
    said = capsys.readouterr().err
    assert "ZeroDivisionError: an order of 2 fields" in said
    assert "_fails_with" in said
    assert "Quintanilha" not in said
    assert _SECRET not in said
