"""Faults: the shares asked for, repeatable by seed, and refused when they make no sense."""

import random
from collections import Counter

import msgspec
import pytest

from ponte_sandbox.common.faults import CallLimit, Fate, FaultBox, Faults, draw_fate, draw_latency


def decode(text: str) -> Faults:
    return msgspec.json.decode(text, type=Faults)


@pytest.mark.parametrize(
    "text",
    [
        '{"error_share": 1.5}',
        '{"error_share": -0.1}',
        '{"eror_share": 0.1}',
        '{"latency_ms": {"min": 5, "max": 1}}',
        '{"error_share": 0.6, "drop_after_share": 0.6}',
        '{"notifications": {"lost": 1}}',
        '{"rate_limit_per_minute": 0}',
    ],
)
def test_faults_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(text)


def test_calls_meet_the_shares_asked_for() -> None:
    faults = Faults(error_share=0.2, drop_before_share=0.1, drop_after_share=0.1, garbage_share=0.2)
    chance = random.Random(7)

    met = Counter(draw_fate(faults, chance) for _ in range(20_000))

    assert met[Fate.ERROR_500] + met[Fate.ERROR_503] == pytest.approx(4000, rel=0.1)
    assert met[Fate.ERROR_500] == pytest.approx(2000, rel=0.15)
    assert met[Fate.DROPPED_BEFORE] == pytest.approx(2000, rel=0.15)
    assert met[Fate.DROPPED_AFTER] == pytest.approx(2000, rel=0.15)
    assert met[Fate.GARBAGE_HTML] + met[Fate.GARBAGE_CUT] == pytest.approx(4000, rel=0.1)
    assert met[Fate.SERVED] == pytest.approx(8000, rel=0.1)


def test_the_same_seed_meets_the_same_faults() -> None:
    faults = decode('{"error_share": 0.5, "latency_ms": {"min": 1, "max": 9}, "seed": 3}')
    runs = []
    for _ in range(2):
        box = FaultBox()
        box.put(faults)
        runs.append(
            [(draw_fate(faults, box.chance), draw_latency(faults, box.chance)) for _ in range(50)]
        )
    assert runs[0] == runs[1]


def test_the_limit_paces_each_account_by_itself() -> None:
    limit = CallLimit(per_minute=60)
    assert [limit.take("a", 0.0) for _ in range(11)] == [0] * 10 + [1]
    assert limit.take("b", 0.0) == 0
    assert limit.take("a", 1.01) == 0
    assert limit.take("a", 1.02) == 1


def test_tokens_are_spared_unless_asked_for() -> None:
    box = FaultBox()
    box.put(decode('{"error_share": 1}'))
    assert box.hits("/skus/A")
    assert not box.hits("/oauth/token")
    box.put(decode('{"error_share": 1, "include_oauth": true, "only_paths": ["/oauth/"]}'))
    assert box.hits("/oauth/token")
    assert not box.hits("/skus/A")
