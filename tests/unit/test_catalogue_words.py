"""What a product is found by, what state it is in, which calls are kept, and harmless sheets."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence

import msgspec
import openpyxl
import pytest

from ponte.domain.hub_body import FamilyBody
from ponte.domain.made_calls import MOST_CALLS, CallOutcome, MadeCall, note, read
from ponte.domain.search import as_query, ask, title_of, words_of
from ponte.domain.standing import (
    EVERY_STATE,
    STATES,
    Facet,
    Standing,
    View,
    facets_of,
    standing_of,
    states_of,
)
from ponte.services.sheets import as_csv, as_xlsx

BODY = FamilyBody(
    sku="A",
    name="Calção d'Água — 2 peças",
    external=None,
    ean="7891000315507",
    ncm=None,
    brand="ÍPSILON",
    model=None,
    description=None,
    short_description=None,
    warranty_time=None,
    warranty_message=None,
    handling_time=None,
    cost=None,
    link=None,
)


def test_words_are_folded_and_cut_apart() -> None:
    assert words_of(BODY).split() == [
        *("calcao", "d", "agua", "2", "pecas", "ipsilon", "7891000315507")
    ]
    assert title_of(msgspec.structs.replace(BODY, name="x\0" * 400)) == "x" * 300


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Calção", "'7~calcao':*"),
        ("calcao azu", "'7~calcao' & '7~azu':*"),
        # Two letters begin nearly everything; digits are an EAN or a size.
        ("tv", "'7~tv'"),
        ("7891", "'7~7891'"),
        ("!!", None),
    ],
)
def test_the_last_word_may_go_on(typed: str, query: str | None) -> None:
    asked = ask(typed)
    assert asked is not None
    assert as_query(asked, 7) == query


def test_a_sku_is_looked_for_in_the_hubs_spelling() -> None:
    asked = ask("  CAM/1 ")
    assert asked is not None
    assert asked.sku == "CAM-1"
    assert ask(" \0 ") is None


def test_every_state_has_one_standing_and_every_list_its_states() -> None:
    assert len(set(EVERY_STATE)) == len(EVERY_STATE)
    shown = {state for view in STATES for state in states_of(view)}
    assert shown == set(EVERY_STATE)
    assert {standing_of(state) for state in EVERY_STATE} == set(Standing)
    assert facets_of(16 + 5) == Facet.STOCK | Facet.CONTENT
    assert standing_of(16 + 5) is Standing.REFUSED
    assert all(facets_of(state) & Facet.PRICE for state in states_of(View.PRICE))
    # The hub has nothing of it: nothing of it differs.
    assert facets_of(8) == Facet(0)


def test_the_last_calls_are_kept_and_no_more() -> None:
    noted = None
    for number in range(MOST_CALLS + 5):
        words = 'linha\nnova \0 "' + "x" * 400
        noted = note(noted, MadeCall(number, "stock", CallOutcome.REFUSED, 3, 400, words))
    calls = read(noted)
    assert [call.at for call in calls] == [*range(MOST_CALLS + 4, 4, -1)]
    assert len(calls[0].words) == 200
    assert noted is not None
    assert "\0" not in noted
    assert read("[1]\nnonsense\n" + noted)[0] == calls[0]
    assert read(None) == []


async def _rows() -> AsyncIterator[Sequence[Sequence[str]]]:
    yield [["=1+1", "a;b"], ["-2", 'aspas "']]
    yield [["@x", "+5"]]


async def _bytes(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def test_no_cell_of_a_csv_is_a_formula() -> None:
    made = asyncio.run(_bytes(as_csv(["Um", "Dois"], _rows())))
    assert made.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(made.decode("utf-8-sig")), delimiter=";"))
    assert rows == [["Um", "Dois"], ["'=1+1", "a;b"], ["'-2", 'aspas "'], ["'@x", "'+5"]]


def test_no_cell_of_a_sheet_is_anything_but_text() -> None:
    made = asyncio.run(_bytes(as_xlsx("Pendências", ["Um", "Dois"], _rows())))
    sheet = openpyxl.load_workbook(io.BytesIO(made))["Pendências"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert sheet["A2"].value == "=1+1"
