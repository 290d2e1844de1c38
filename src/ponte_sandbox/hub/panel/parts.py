"""What the panel shows and stirs: the hub, and the tester's tools around it."""

from dataclasses import dataclass

from ponte_sandbox.common.calls import Calls
from ponte_sandbox.common.faults import FaultBox
from ponte_sandbox.hub.core import Hub
from ponte_sandbox.hub.marketplace.runs import Marketplace


@dataclass(frozen=True)
class Parts:
    """Everything a page may need."""

    hub: Hub
    marketplace: Marketplace
    faults: FaultBox
    calls: Calls
