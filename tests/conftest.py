"""Real neighbours, a real Ponte and a real browser for the tests. Names say what.

Processes are started once a module, those that many worlds share once; a test that needs other
options starts its own with the same context managers.
"""

from collections.abc import Callable, Iterator
from shutil import which

import hypothesis
import pytest
from bridge import Bridge, Merchant, running_bridge
from hub_process import HubProcess, running_hub
from playwright.sync_api import Browser, sync_playwright
from ponte_process import Ponte, running_ponte
from store_process import StoreProcess, store_process
from visitor import Visitor
from world import Systems, World, running_systems

from ponte.domain.rules import MerchantRules

# How long an example may take says more about the machine than about the code. The suite tries the
# same examples each time; `make properties` tries new ones, many.
hypothesis.settings.register_profile("ponte", deadline=None, max_examples=50)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1_000)
hypothesis.settings.load_profile("ponte")

# The one without windows takes half the processor.
_BINARY = which("chromium-headless-shell") or which("chromium")
# No network is asked for: a page that wants any shows it by failing.
_CHROMIUM = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


# A file's tests run on one worker, one after the other; these take half a minute of it and more.
_LONGEST = (
    "test_demo_ends.py",
    "test_sandbox_schemathesis.py",
    "test_assumptions.py",
    "test_panel_keyboard.py",
    "test_promises.py",
    "test_olist.py",
    "test_hard_weather.py",
    "test_install_review.py",
    "test_panel_audit.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    places = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Not for longer than a module: while it runs, Playwright's event loop runs
    in this thread, and no test beside it could run one of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_BINARY, args=_CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """A person with a browser of their own; at the end no page may have complained."""
    person = Visitor(browser)
    yield person
    person.leave()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A sandbox hub with account 5910."""
    with running_hub(tmp_path_factory.mktemp("hub")) as process:
        yield process


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreProcess]:
    """A sandbox store whose shop 1 has a small catalogue with the usual defects."""
    with store_process(tmp_path_factory.mktemp("store"), "--families", "300", "--defects") as found:
        yield found


@pytest.fixture(scope="module")
def ponte(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ponte]:
    """An installation with nothing connected and nothing running.

    It does not poll within a test: what happens was caused by a hint or by a person.
    """
    folder = tmp_path_factory.mktemp("ponte")
    settings = {"PONTE_POLL_SECONDS": "900", "PONTE_WORKER_PROCESSES": "1"}
    with running_ponte(folder, **settings) as installation:
        yield installation


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """A hub, a store, `ponte serve` and `ponte worker`, and nobody connected."""
    with running_bridge(tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture(scope="session")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    """A hub, a store and a database for all worlds; a test speaks of its own connection only."""
    with running_systems(tmp_path_factory.mktemp("systems")) as running:
        yield running


@pytest.fixture
def world(systems: Systems) -> Iterator[World]:
    """A fresh account and a fresh, empty shop, joined, and loops to be driven by hand."""
    yield World(systems)
    systems.hub.admin("PUT", "faults", {})


@pytest.fixture
def connect(bridge: Bridge) -> Iterator[Callable[..., Merchant]]:
    """Connects merchants, and disconnects them at the end."""
    connected: list[Merchant] = []

    def make(rules: MerchantRules | None = None, *, hints: bool = True) -> Merchant:
        connected.append(Merchant(bridge, rules, hints=hints))
        return connected[-1]

    yield make
    for merchant in connected:
        merchant.end()


@pytest.fixture
def merchant(connect: Callable[..., Merchant]) -> Merchant:
    """A merchant with the rules as they are by default."""
    return connect()
