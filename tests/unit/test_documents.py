"""CPF, CNPJ and NF-e keys: the check digits decide, letters included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.br import cnpj

from ponte.domain.documents import document_hash, nfe_key_problem, tax_document

CPF = "39053344705"
CNPJ = "16727230000197"
# The Receita Federal's own example of an alphanumeric CNPJ.
LETTERED = "12ABC34501DE35"


@pytest.mark.parametrize(
    ("written", "kind", "number"),
    [
        ("390.533.447-05", "cpf", CPF),
        (CPF, "cpf", CPF),
        ("16.727.230/0001-97", "cnpj", CNPJ),
        (" 12.abc.345/01de-35 ", "cnpj", LETTERED),
    ],
)
def test_a_valid_document_is_taken_without_punctuation(
    written: str, kind: str, number: str
) -> None:
    document = tax_document([written])
    assert document is not None
    assert (document.type, document.number) == (kind, number)
    assert number not in repr(document)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0",
        "111.111.111-11",
        "00000000000",
        "00.000.000/0000-00",
        "39053344704",
        "16727230000198",
        "12ABC34501DE36",
        "12ABC34501DEAB",
        "390.533.447",
        "390=533=447=05",
        "٣٩٠٥٣٣٤٤٧٠٥",
        "não informado",
    ],
)
def test_an_invalid_document_is_nobodys(written: str) -> None:
    assert tax_document([written]) is None


def test_the_first_valid_candidate_wins() -> None:
    document = tax_document(["", "11111111111", CNPJ, CPF])
    assert document is not None
    assert document.number == CNPJ


@given(st.lists(st.text()))
def test_no_text_breaks_the_search(candidates: list[str]) -> None:
    document = tax_document(candidates)
    assert document is None or len(document.number) in (11, 14)


def check_digit(first_43: str) -> str:
    """Modulo 11 as the NF-e manual words it: multiply from the right by 2, 3, … 9, 2, …"""
    total, weight = 0, 2
    for character in reversed(first_43):
        total += (ord(character) - 48) * weight
        weight = 2 if weight == 9 else weight + 1
    rest = total % 11
    return "0" if rest in (0, 1) else str(11 - rest)


# A key that was really issued (public, from the Receita's examples of layout 4.00).
ISSUED = "35080599999090910270550010000000015180051273"


def test_an_issued_key_is_right() -> None:
    assert check_digit(ISSUED[:43]) == ISSUED[43]
    assert nfe_key_problem(ISSUED) is None


digits = st.text("0123456789")


@given(
    st.text("0123456789", min_size=6, max_size=6),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12),
    st.text("0123456789", min_size=23, max_size=23),
)
def test_a_key_with_letters_in_its_cnpj_is_right(head: str, company: str, tail: str) -> None:
    first_43 = head + company + cnpj.calc_check_digits(company) + tail
    first_43 = first_43[:43]
    key = first_43 + check_digit(first_43)
    assert nfe_key_problem(key) is None
    other = str((int(key[-1]) + 1) % 10)
    assert nfe_key_problem(first_43 + other) == "check_digit"


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "length"),
        (ISSUED[:43], "length"),
        (ISSUED + "0", "length"),
        (ISSUED.replace("3", "a", 1), "characters"),
        ("A" + ISSUED[1:], "characters"),
        (ISSUED[:30] + "A" + ISSUED[31:], "characters"),
        (ISSUED[:10] + "é" + ISSUED[11:], "characters"),
        (ISSUED[:43] + "٣", "characters"),
        (ISSUED[:10] + ("1" if ISSUED[10] != "1" else "2") + ISSUED[11:], "check_digit"),
    ],
)
def test_a_wrong_key_says_what_is_wrong(key: str, problem: str) -> None:
    assert nfe_key_problem(key) == problem


@given(st.text())
def test_no_text_breaks_the_check(key: str) -> None:
    nfe_key_problem(key)


@pytest.mark.parametrize("written", ["529.982.247-25", "52998224725", " 529 982 247 / 25 "])
def test_a_document_is_found_however_it_is_written(written: str) -> None:
    assert document_hash(b"key", written) == document_hash(b"key", "52998224725")


def test_a_documents_hash_needs_the_key_and_tells_two_documents_apart() -> None:
    one = document_hash(b"key", "52998224725")
    assert one is not None
    assert len(one) == 32
    assert document_hash(b"other key", "52998224725") != one
    assert document_hash(b"key", "52998224726") != one
    assert document_hash(b"key", "12abc34501de35") == document_hash(b"key", "12.ABC.345/01DE-35")


@pytest.mark.parametrize("nothing", ["", " ", "./-", "١٢٣"])
def test_what_is_no_document_has_no_hash(nothing: str) -> None:
    assert document_hash(b"key", nothing) is None
