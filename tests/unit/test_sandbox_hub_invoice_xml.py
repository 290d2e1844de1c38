"""The hub's judgement on an invoice's XML: real ones pass, whatever else is served does not."""

import time
from decimal import Decimal
from pathlib import Path

import nfelib
import pytest

from ponte_sandbox.hub.orders.access_key import is_access_key
from ponte_sandbox.hub.orders.invoice_xml import InvoiceFacts, Refused, judge_invoice

_SAMPLES = Path(nfelib.__file__).parent / "nfe/samples/v4_0/leiauteNFe"
_KEY = "42211275277525000178550030000276771368212013"
_XML = (_SAMPLES / f"{_KEY}-procNFe.xml").read_bytes()
_OTHER_KEY = "35180834128745000152550010000474281920007498"


def refusal(xml: bytes, key: str | None = None, total: str | None = None) -> str:
    with pytest.raises(Refused) as refused:
        judge_invoice(xml, key, Decimal(total) if total else None)
    return str(refused.value)


def changed(old: str, new: str) -> bytes:
    assert old.encode() in _XML
    return _XML.replace(old.encode(), new.encode())


@pytest.mark.parametrize("path", sorted(_SAMPLES.glob("*-procNFe.xml")), ids=lambda path: path.name)
def test_real_invoices_are_taken(path: Path) -> None:
    key = path.name[:44]
    facts = judge_invoice(path.read_bytes(), key, None)
    assert facts.nfe_key == key
    assert int(facts.nfe_number) == int(key[25:34])


def test_an_invoice_says_key_number_series_date_and_every_cfop() -> None:
    assert judge_invoice(_XML, None, None) == InvoiceFacts(
        _KEY, "27677", "3", "2021-12-15T09:43:49-02:00", "6107,6108,6910"
    )


def test_an_invoice_without_its_authorisation_is_none() -> None:
    bare = (_SAMPLES / "NFe35200159594315000157550010000000012062777161.xml").read_bytes()
    assert "protocolo" in refusal(bare)


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"\x00" * 100,
        b"<html><body>404</body></html>",
        b'{"error": true}',
        b"%PDF-1.7",
        _XML[: len(_XML) // 2],
        _XML + b"<x/>",
        _XML.decode().encode("utf-16"),
        b"<nfeProc/>",
        b"<nfeProc xmlns='http://www.portalfiscal.inf.br/nfe'/>",
        b"<a>" * 100_000,
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_what_is_no_invoice_is_refused(xml: bytes) -> None:
    assert refusal(xml)


def test_a_key_that_is_not_the_one_claimed_is_refused() -> None:
    assert _OTHER_KEY in refusal(_XML, _OTHER_KEY)


def test_keys_that_contradict_each_other_are_refused() -> None:
    assert "protocolo" in refusal(changed(f"<chNFe>{_KEY}", f"<chNFe>{_OTHER_KEY}"))
    wrong_digit = f"{_KEY[:-1]}{(int(_KEY[-1]) + 1) % 10}"
    assert "dígito" in refusal(_XML.replace(_KEY.encode(), wrong_digit.encode()))
    assert "número" in refusal(changed("<nNF>27677<", "<nNF>27678<"))


@pytest.mark.parametrize("status", ["110", "302", "101", "", "10O"])
def test_only_an_authorised_invoice_is_taken(status: str) -> None:
    assert "cStat" in refusal(changed("<cStat>100<", f"<cStat>{status}<"))


@pytest.mark.parametrize("total", ["0.00", "-1.00", "1e9", "NaN", "99999999999999999999.00", "x"])
def test_a_total_that_is_no_amount_is_refused(total: str) -> None:
    start = _XML.index(b"<vNF>") + 5
    xml = _XML[:start] + total.encode() + _XML[_XML.index(b"</vNF>") :]
    assert "valor total" in refusal(xml)


def test_a_total_must_fit_the_order() -> None:
    assert "valor total" in refusal(_XML, total="0.01")
    assert judge_invoice(_XML, None, Decimal(1_000_000)).nfe_key == _KEY


def test_a_date_and_cfops_must_be_some() -> None:
    assert "data" in refusal(changed("<dhEmi>2021-12-15T09:43:49-02:00", "<dhEmi>ontem"))
    assert "CFOP" in refusal(changed("<CFOP>6107<", "<CFOP>=1+1<"))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE nfeProc [<!ENTITY a "100">]>',
        '<!DOCTYPE nfeProc SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE nfeProc [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE nfeProc>",
    ],
)
def test_a_doctype_is_refused_whatever_it_says(doctype: str) -> None:
    body = _XML.partition(b"?>")[2] if _XML.startswith(b"<?xml") else _XML
    assert "DOCTYPE" in refusal(doctype.encode() + body)
    # In an encoding in which the word cannot be seen, the file is not even read.
    for encoding in ("utf-16", "utf-32", "cp037"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>'
        assert refusal((declared + doctype + body.decode()).encode(encoding))


def test_entities_do_not_grow() -> None:
    layers = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(12)
    )
    bomb = f"<!DOCTYPE a [{layers}]><a b='&e11;'>&e11;</a>".encode()
    began = time.process_time()
    assert "DOCTYPE" in refusal(bomb)
    assert "bem formado" in refusal(b"<a>&undeclared;</a>")
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("key", [f"{_KEY}\n", _KEY.replace("4", "٤"), _KEY[:-1], "", "x" * 44])
def test_a_key_is_44_plain_characters(key: str) -> None:
    assert is_access_key(_KEY)
    assert not is_access_key(key)
