"""A call whose answer is lost may have been applied: only its caller may decide to repeat it.

aiohttp repeats PUT and DELETE by itself when a connection breaks. A report that was applied and is
sent once more without the shipment's id duplicates the delivery (pluggto-api.md [D]).
"""

import pytest
from raw_server import raw_server
from yarl import URL

from ponte.domain.failures import Transient
from ponte.http.exchange import exchange, open_session


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_a_call_whose_answer_is_lost_is_sent_once(method: str) -> None:
    async with raw_server(lambda _: b"") as server, open_session() as http:
        with pytest.raises(Transient):
            await exchange(http, "hub order", method, URL(server.url), headers={}, body=b"{}")
        assert [request.method for request in server.requests] == [method]
