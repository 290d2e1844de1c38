"""A large catalogue is audited in flat memory, a hundred products with one call on each side."""

import time
from pathlib import Path

import psutil
import pytest
from auditing import Auditor
from world import World, running_systems

# Some 21,000 SKUs.
FAMILIES = 8_000
# Of a process that has read a few pages already: what a page leaves behind is given back.
LARGEST_GROWTH = 32 * 2**20
_WARM_STEPS = 6


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_a_large_catalogue_is_audited_in_flat_memory(tmp_path: Path) -> None:
    with running_systems(tmp_path) as systems:
        world = World(systems)
        wish = {"families": FAMILIES, "seed": 7, "defects": False}
        assert world.merchant("POST", "catalogue", wish).ok
        world.be_quiet()
        auditor = Auditor(world)
        world.hub.admin("DELETE", "calls")
        auditor.begin()
        began, process = time.monotonic(), psutil.Process()
        cpu = process.cpu_times().user
        auditor.step(_WARM_STEPS)
        before = process.memory_info().rss
        run = auditor.go_on()
        seconds, grown = time.monotonic() - began, process.memory_info().rss - before
        cpu = process.cpu_times().user - cpu
        print(  # noqa: T201 - the figures are what it is run for
            f"{run.skus_compared} SKUs of {run.products_read} products in {seconds:.1f} s,"
            f" {1e6 * cpu / run.products_read:.0f} µs of CPU a product,"
            f" {grown / 2**20:.1f} MiB more"
        )
        assert run.skus_equal == run.skus_compared > 20_000
        assert world.calls("GET") == {"/products": -(-run.products_read // 100)}
        assert grown < LARGEST_GROWTH
