"""One merchant's trouble is not everybody's, and everybody's is one."""

from datetime import UTC, datetime, timedelta

from ponte.domain.outages import Finding, OpenOutage, Verdict, Weather, find_outages

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
HUB = "https://hub.example"


def weather(accounts: int, failing: int, place: str = HUB, within: str | None = None) -> Weather:
    side = "hub" if place == HUB else "store"
    return Weather(side, place, within, accounts, failing, 503 if failing else None, NOW)


def standing(seen: datetime = NOW) -> OpenOutage:
    return OpenOutage(7, "hub", HUB, seen)


def verdicts(*findings: Finding) -> list[Verdict]:
    return [each.verdict for each in findings]


def test_a_hub_that_fails_for_most_accounts_is_an_outage() -> None:
    found = find_outages([weather(100, 92)], [], NOW)
    assert found == [Finding(Verdict.BEGINS, None, weather(100, 92))]


def test_one_merchants_trouble_is_none() -> None:
    assert find_outages([weather(100, 1), weather(1, 1, "loja")], [], NOW) == []


def test_two_accounts_that_both_fail_are_one() -> None:
    assert verdicts(*find_outages([weather(2, 2)], [], NOW)) == [Verdict.BEGINS]


def test_it_goes_on_until_nearly_all_get_answers() -> None:
    assert verdicts(*find_outages([weather(100, 30)], [standing()], NOW)) == [Verdict.GOES_ON]
    assert verdicts(*find_outages([weather(100, 20)], [standing()], NOW)) == [Verdict.ENDS]


def test_silence_is_no_sign_that_it_is_over() -> None:
    assert verdicts(*find_outages([], [standing()], NOW)) == [Verdict.GOES_ON]
    long_ago = standing(NOW - timedelta(minutes=31))
    assert verdicts(*find_outages([], [long_ago], NOW)) == [Verdict.ENDS]


def test_a_platforms_trouble_is_not_told_for_each_of_its_servers() -> None:
    platform = weather(50, 50, "webstore")
    server = weather(10, 10, "https://a.example", within="webstore")
    found = find_outages([platform, server], [], NOW)
    assert [each.weather for each in found] == [platform]
    alone = find_outages([weather(50, 10, "webstore"), server], [], NOW)
    assert [each.weather for each in alone] == [server]
