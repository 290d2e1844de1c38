"""A person with a browser: opens pages, fills them in by their labels, and sees what is wrong.

Every page that is looked at (`look`) is held to what a merchant may expect: nothing in the console,
nothing loaded from elsewhere, readable on a telephone, and without serious findings of axe-core.
With `PONTE_SCREENSHOTS=folder` each of them is also kept as pictures, wide and narrow, and axe-core
looks at both; with `PONTE_COLOURS=dark` all of it happens on a machine that is dark.
"""

import os
import re
import time
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Response,
    ViewportSize,
)
from requests.cookies import RequestsCookieJar

_AXE = Path(__file__).parents[2] / "assets" / "node_modules" / "axe-core" / "axe.min.js"
WIDE = ViewportSize(width=1280, height=900)
NARROW = ViewportSize(width=390, height=844)
_PICTURES = os.environ.get("PONTE_SCREENSHOTS", "")
# What the person's machine is set to.
_COLOURS: Literal["light", "dark"] = (
    "dark" if os.environ.get("PONTE_COLOURS") == "dark" else "light"
)
# A page on this machine answers within a second; the rest is for a busy one.
_PATIENCE_MS = 15_000
_TWO_PICTURES_LATER = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"""
# Whether what is about to be pressed leads away from the page: only the page knows, and Playwright
# does not wait for what begins a moment after a click.
_WATCH_FOR_LEAVING = """() => {
    window.isLeaving = false;
    const address = (url) => url.href.split("#")[0];
    addEventListener("click", (event) => {
        const link = event.target.closest?.("a[href]");
        if (!link || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
        if (address(link) !== address(location)) window.isLeaving = true;
    }, { once: true });
    addEventListener("submit", (event) => {
        if (!event.defaultPrevented && event.target.method !== "dialog") window.isLeaving = true;
    }, { once: true });
}"""
# A word below a word below a word is not read by anybody. In pixels; a line has some twenty.
_SQUEEZED = """() => [...document.querySelectorAll("td > *, dd > *")]
    .filter((each) => each.innerText?.trim())
    .map((each) => [each.innerText.trim(), each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && box.width < 60 && box.height > 70)
    .map(([text]) => text)"""


def _context_of_nobody(browser: Browser) -> BrowserContext:
    """One that somebody has left, if there is: a new one loads and compiles styles and scripts
    anew, which takes a second."""
    for context in browser.contexts:
        if not context.pages:
            return context
    context = browser.new_context(
        viewport=WIDE,
        locale="pt-BR",
        color_scheme=_COLOURS,
        # Whoever waits for a thing to stand still waits half as long.
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    return context


class Visitor:
    """One person. `page` is Playwright's, for whatever has no word of its own here."""

    def __init__(self, browser: Browser) -> None:
        self._context = _context_of_nobody(browser)
        self.complaints: list[str] = []
        self._origins: set[str] = set()
        self.page = self._context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("response", self._see)
        # Statuses that a test provokes on purpose; the console complains of each.
        self.expected_statuses: set[int] = set()

    def leave(self) -> None:
        """Close the pages and leave nothing of oneself; fails when a page complained."""
        forget = self._context.new_cdp_session(self.page)
        for origin in self._origins:
            everything_kept = {"origin": origin, "storageTypes": "local_storage,indexeddb"}
            forget.send("Storage.clearDataForOrigin", everything_kept)
        for page in self._context.pages:
            page.close()
        self._context.clear_cookies()
        assert not self.complaints, "\n".join(self.complaints)

    def carry(self, cookies: RequestsCookieJar, address: str) -> None:
        """Have these cookies of a site from an earlier visit."""
        self._context.add_cookies(
            [{"name": each.name, "value": each.value or "", "url": address} for each in cookies]
        )

    def open(self, address: str) -> None:
        """Type an address."""
        self.page.goto(address)

    def fill(self, label: str, value: str) -> None:
        """Type into the field of that label."""
        self.page.get_by_label(label, exact=True).fill(value)

    def press(self, name: str) -> None:
        """Press the button or follow the link of that name, and wait for what comes."""
        target = self.button(name)
        target.wait_for()
        self._press(target)

    def _press(self, target: Locator) -> None:
        self.page.evaluate(_WATCH_FOR_LEAVING)
        target.click()
        deadline = time.monotonic() + _PATIENCE_MS / 1000
        while self._is_leaving():
            assert time.monotonic() < deadline, f"still on {self.page.url}"
            self.page.wait_for_timeout(20)
        self.page.wait_for_load_state()

    def _is_leaving(self) -> bool:
        try:
            return bool(self.page.evaluate("window.isLeaving === true"))
        except Error as error:
            if "context was destroyed" not in error.message:
                raise
            # The next page has just begun.
            return True

    def button(self, name: str) -> Locator:
        """The one button or link of that name that can be seen."""
        # A slash would end the expression in the browser's own words.
        escaped = re.escape(name).replace("/", r"\/")
        pattern = re.compile(rf"^\s*{escaped}\s*$")
        buttons = self.page.get_by_role("button", name=pattern)
        links = self.page.get_by_role("link", name=pattern)
        return buttons.or_(links).filter(visible=True)

    def confirm(self) -> None:
        """Answer the question of a button that asks before harm with yes."""
        self._press(self.page.locator("#confirm").get_by_role("button", name="Confirmar"))

    def reads(self, text: str) -> None:
        """Waits until the text can be read on the page; fails when it cannot in time."""
        self.page.get_by_text(text).filter(visible=True).first.wait_for()

    def text(self) -> str:
        """What can be read on the page."""
        return self.page.locator("body").inner_text()

    def look(self, name: str) -> None:
        """Hold the page to what every page owes; `name` is for its pictures."""
        self.page.wait_for_load_state("load")
        for size in (WIDE, NARROW):
            self.page.set_viewport_size(size)
            # Charts follow their frame's size in the picture after it.
            self.page.evaluate(_TWO_PICTURES_LATER)
            self._keep_picture(name, size["width"])
            beyond = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert beyond <= 0, f"{name} is {beyond} px wider than {size['width']} px"
            squeezed = self.page.evaluate(_SQUEEZED)
            assert not squeezed, f"{name} at {size['width']} px: {squeezed}"
            # Most of a browser test's time; what it finds narrow it mostly finds wide as well.
            if size is WIDE or _PICTURES:
                found = self._axe()
                assert not found, f"{name} at {size['width']} px: {found}"
        self.page.set_viewport_size(WIDE)

    def _axe(self) -> list[str]:
        # Evaluated by the debugger, which the page's policy does not bind.
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(_AXE.read_text("utf-8"))
        result: dict[str, Any] = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:200]} {node['failureSummary'][:300]}"
            for each in result["violations"]
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]

    def _keep_picture(self, name: str, width: int) -> None:
        if _PICTURES:
            Path(_PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_load_state("networkidle")
            self.page.screenshot(path=Path(_PICTURES) / f"{name}-{width}.png", full_page=True)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if any(f"status of {status}" in message.text for status in self.expected_statuses):
            return
        self.complaints.append(f"console {message.type} on {self.page.url}: {message.text}")

    def _see(self, response: Response) -> None:
        parts = urlsplit(response.url)
        self._origins.add(f"{parts.scheme}://{parts.netloc}")
        host = parts.hostname
        if host not in ("127.0.0.1", "localhost", None):
            self.complaints.append(f"{self.page.url} loaded {response.url}")
