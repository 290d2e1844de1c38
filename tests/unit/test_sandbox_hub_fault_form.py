"""The form of the faults says what the API says: shares in percent, nothing as nothing."""

import pytest

from ponte_sandbox.common.faults import Faults, LatencyRange, NotificationFaults
from ponte_sandbox.hub.panel.entries import Entries
from ponte_sandbox.hub.panel.faults import _wish, as_typed, in_force
from ponte_ui.forms import Form


def read(values: dict[str, str]) -> tuple[Faults | None, dict[str, str]]:
    # A box that is not ticked is not sent.
    sent = {name: [value] for name, value in values.items() if value or name != "include_oauth"}
    entries = Entries(Form(sent))
    return _wish(entries), entries.problems


EVERYTHING = Faults(
    latency_ms=LatencyRange(20.0, 80.5),
    error_share=0.07,
    drop_before_share=0.29,
    drop_after_share=0.125,
    garbage_share=0.001,
    rate_limit_per_minute=600,
    only_paths=["/orders", "/skus"],
    include_oauth=True,
    notifications=NotificationFaults(0.1, 0.2, 1500.0),
    seed=0,
)


@pytest.mark.parametrize("faults", [Faults(), EVERYTHING])
def test_what_is_in_force_comes_back_as_it_was(faults: Faults) -> None:
    assert read(as_typed(faults)) == (faults, {})


@pytest.mark.parametrize("parts", [(70, 10, 10, 10), (35, 35, 15, 15), (33.3, 33.3, 33.3, 0.1)])
def test_shares_of_exactly_everything_are_taken(parts: tuple[float, ...]) -> None:
    names = ("error_share", "drop_before_share", "drop_after_share", "garbage_share")
    made, problems = read({name: str(part) for name, part in zip(names, parts, strict=True)})
    # Whatever the last binary digit says: never an error nobody foresaw.
    assert (made is None) == bool(problems)


def test_too_much_is_said_at_its_field() -> None:
    made, problems = read({"error_share": "60", "garbage_share": "41", "latency_min": "x"})
    assert made is None
    assert set(problems) == {"error_share", "latency_min"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latency_max", "600001"),
        ("lost_share", "101"),
        ("repeat_share", "-1"),
        ("rate_limit_per_minute", "0"),
        ("rate_limit_per_minute", "1.5"),
        ("seed", "９"),
        ("seed", "1e3"),
        ("delay_ms_max", "inf"),
        ("only_paths", "orders"),
        ("only_paths", "\n".join(["/a"] * 51)),
    ],
)
def test_what_no_fault_can_be_is_a_problem_of_its_field(field: str, value: str) -> None:
    made, problems = read({field: value})
    assert made is None
    assert set(problems) == {field}


def test_calm_says_nothing_and_paths_are_named_with_the_calls_they_are_about() -> None:
    assert in_force(Faults()) == []
    assert in_force(Faults(only_paths=["/orders"], seed=3)) == []
    said = in_force(EVERYTHING)
    assert said[0] == "Cada chamada espera de 20 a 80 ms."
    assert "7% das chamadas recebem 500 ou 503." in said
    assert "Só nos caminhos que começam com /orders, /skus." in said
    assert said[-1] == "Cada notificação atrasa até 1.500 ms."
