"""Connecting by the code grants on both sides, with the demo in the role of the browser.

The hub opens Ponte with a `pluggtocode`, good once. The store is logged in to on its own pages:
`ponte connect` prints the address, the demo opens it, fills the forms in as a merchant would (the
log-in, then the consent), and follows the redirect to the listener that the command opened here.
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

# For the whole of it: two token calls, two pages and a redirect.
CONNECTED_WITHIN_SECONDS = 60.0
# The pages of a log-in with a second factor and a consent, and some to spare.
_MOST_PAGES = 5
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
    """What a merchant does in the browser: on each page, fill in its form and press its button."""
    # A browser of its own: it has neither the demo's token nor anything else. The jar takes
    # cookies of 127.0.0.1 too, which aiohttp's would refuse as those of no name.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        answer = await browser.get(address)
        for _ in range(_MOST_PAGES):
            async with answer:
                if not str(answer.url).startswith(store.url):
                    return
                page, status = await answer.text(), answer.status
            form = _form_of(page)
            if status != 200 or form is None:
                break
            fields = form.filled(store.account["username"], store.account["password"])
            answer = await browser.post(urljoin(str(answer.url), form.action), data=fields)
        raise CallFailed(f"the store's log-in ended at {answer.url} with {answer.status}")


def _form_of(page: str) -> "_Form | None":
    """The form that asks for a password, else the page's first."""
    forms = _Forms(page).forms
    return next((form for form in forms if form.password), forms[0] if forms else None)


class _Form:
    """A form: where it goes, what it carries and asks for, and its first button with a name."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}
        self.user = ""
        self.password = ""

    def take(self, tag: str, given: Mapping[str, str]) -> None:
        """An input or a button of the form."""
        name, kind = given.get("name", ""), given.get("type", "text")
        if not name:
            return
        if tag == "button":
            self.fields.setdefault(name, given.get("value", ""))
        elif kind == "hidden":
            self.fields[name] = given.get("value", "")
        elif kind == "password":
            self.password = name
        elif kind in ("text", "email"):
            self.user = self.user or name

    def filled(self, user: str, password: str) -> dict[str, str]:
        """What is sent."""
        asked = {self.user: user, self.password: password}
        return {**self.fields, **{name: value for name, value in asked.items() if name}}


class _Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms and what is in them."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", "")))
        elif self.forms:
            self.forms[-1].take(tag, given)
