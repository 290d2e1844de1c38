"""A call that cannot be sent is refused: it is not tried for ever, and no secret is told."""

import traceback

import pytest
from raw_server import http, raw_server

from ponte.domain.failures import Refused
from ponte.http.exchange import exchange, open_session

_SECRET = "kept-to-itself"


@pytest.mark.parametrize("spoiling", ["\n", "\r\nX-Other: 1", "\x00", "\N{SNOWMAN}\x7f"])
async def test_a_token_that_cannot_stand_in_a_header_is_not_told(spoiling: str) -> None:
    headers = {"Authorization": f"Bearer {_SECRET}{spoiling}"}
    async with raw_server(lambda _: http(200, "{}")) as server, open_session() as session:
        with pytest.raises(Refused) as raised:
            await exchange(session, "hub GET", "GET", server.url, headers=headers)
        assert server.requests == []
    assert _SECRET not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("length", [10_000, 70_000])
async def test_an_address_that_no_server_takes_is_refused(length: int) -> None:
    async with raw_server(lambda _: http(200, "{}")) as server, open_session() as session:
        with pytest.raises(Refused) as raised:
            await exchange(session, "hub", "PUT", f"{server.url}/{'a' * length}", headers={})
        assert server.requests == []
    assert len(str(raised.value)) < 500
