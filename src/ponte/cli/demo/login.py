"""Connecting by the code grants on both sides, with the demo in the role of the browser.

The hub opens Ponte with a `pluggtocode`, good once. The store is logged in to on its own page:
`ponte connect` prints the address, the demo opens it, fills the form in as a merchant would, and
follows the redirect to the listener that the command opened on this machine.
"""

import asyncio
import json
import os
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import aiohttp

from ponte.cli.demo.neighbours import CallFailed, Hub, Store

# For the whole of it: two token calls, a page and a redirect.
CONNECTED_WITHIN_SECONDS = 60.0
_ADDRESS = re.compile(r"https?://\S+/oauth/authorize\?\S+")


async def connect(
    ponte: list[str], env: Mapping[str, str], hub: Hub, store: Store
) -> dict[str, Any]:
    """Run `ponte connect` and log in at the store; what the command printed as JSON.

    Raises `CallFailed` when it does not end well.
    """
    account = hub.account
    wish = {"account": account["account"], "client_id": account["client_id"]}
    code = (await hub.admin("POST", "codes", wish))["code"]
    process = await asyncio.create_subprocess_exec(
        *ponte,
        *("connect", "--json", "--hub", hub.url, "--client-id", account["client_id"]),
        *("--code", code, "--store", store.url, "--store-login"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **env, "PONTE_HUB_CLIENT_SECRET": account["client_secret"]},
    )
    try:
        async with asyncio.timeout(CONNECTED_WITHIN_SECONDS):
            return await _accompany(process, store)
    except TimeoutError as error:
        raise CallFailed("ponte connect did not end in time") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _accompany(process: asyncio.subprocess.Process, store: Store) -> dict[str, Any]:
    said: list[str] = []
    if process.stderr is None or process.stdout is None:
        raise CallFailed("ponte connect was started without pipes")
    async for raw in process.stderr:
        line = raw.decode(errors="replace").strip()
        said.append(line)
        found = _ADDRESS.search(line)
        if found is not None:
            await _log_in(store, found[0])
    printed = await process.stdout.read()
    if await process.wait() != 0:
        raise CallFailed("ponte connect failed:\n" + "\n".join(said))
    connected: dict[str, Any] = json.loads(printed)
    return connected


async def _log_in(store: Store, address: str) -> None:
    """What a merchant does in the browser."""
    # A browser of its own: it has neither the demo's token nor anything else.
    async with aiohttp.ClientSession() as browser:
        async with browser.get(address) as page:
            form = _Form()
            form.feed(await page.text())
        fields = form.fields | {
            "username": store.account["username"],
            "password": store.account["password"],
            "decision": "allow",
        }
        async with browser.post(urljoin(address, form.action), data=fields) as answer:
            if answer.status != 200 or str(answer.url).startswith(store.url):
                raise CallFailed(f"the store's log-in was answered {answer.status}")


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what it carries hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the form's address and its hidden fields."""
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.fields[given["name"] or ""] = given.get("value") or ""
