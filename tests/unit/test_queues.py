"""`ponte.jobs.queue.queues_of`: how the processes of one worker share the work out."""

import pytest

from ponte.jobs.queue import queues_of
from ponte.ledger.differences import PARTS


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
def test_every_part_has_one_process_and_every_process_takes_the_rest(processes: int) -> None:
    taken = [queues_of(number, processes) for number in range(processes)]
    common = set(taken[0]).intersection(*taken) if processes > 1 else {"default"}
    assert common == {"default"}
    own = [queue for queues in taken for queue in queues if queue != "default"]
    assert sorted(own) == [f"push-{part}" for part in range(PARTS)]
