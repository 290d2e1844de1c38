"""Judges the XML of an invoice (nfeProc 4.00) that somebody on the internet served. Pure.

What comes is hostile until shown otherwise: no DOCTYPE at all, hence no entities; no network, no
DTD, no huge trees; and UTF-8 only, as the NF-e's manual wants it, so that nothing hides in another
encoding. A verdict is the facts of the invoice, or `Refused` with a reason in the words of the
merchant, who reads it in the order's log.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from lxml import etree  # type: ignore[import-untyped]

from ponte_sandbox.hub.orders.access_key import is_access_key

_NAMES = {"n": "http://www.portalfiscal.inf.br/nfe"}
_ROOT = "{http://www.portalfiscal.inf.br/nfe}nfeProc"
# "Autorizado o uso da NF-e".
_AUTHORISED = "100"
_AMOUNT = re.compile(r"^[0-9]{1,13}\.[0-9]{2}$")
# Vouchers and instalments make an invoice differ from its order, but never tenfold.
_ABSURD_FACTOR = 10


class InvoiceFacts(NamedTuple):
    """What an accepted invoice says, named as the shipment's fields are [D]."""

    nfe_key: str
    nfe_number: str
    nfe_serie: str
    nfe_date: str
    # All of the invoice's, comma separated.
    cfops: str


class Refused(Exception):
    """The invoice is not taken; the reason is a Portuguese clause."""


def judge_invoice(xml: bytes, claimed_key: str | None, order_total: Decimal | None) -> InvoiceFacts:
    """The facts of an invoice that is one, is authorised, and is the one claimed.

    `claimed_key`: the access key the app sent, None when it sent none. `order_total`: the largest
    amount the order names, None when unknown. Raises `Refused`.
    """
    root = _parse(xml)
    key = _text(root, "n:protNFe/n:infProt/n:chNFe", "a chave de acesso do protocolo")
    if not is_access_key(key):
        raise Refused(f"a chave de acesso {key[:60]!r} não é válida (44 caracteres com dígito)")
    if _invoice(root).get("Id") != f"NFe{key}":
        raise Refused("a chave do protocolo não é a da nota")
    if claimed_key and claimed_key != key:
        raise Refused(f"a chave do XML ({key}) não é a chave informada ({claimed_key})")
    status = _text(root, "n:protNFe/n:infProt/n:cStat", "a situação (cStat)")
    if status != _AUTHORISED:
        raise Refused(f"a nota não está autorizada (cStat {status[:10]})")
    _check_total(root, order_total)
    number = _text(root, "n:NFe/n:infNFe/n:ide/n:nNF", "o número da nota")
    series = _text(root, "n:NFe/n:infNFe/n:ide/n:serie", "a série da nota")
    # Characters 23 to 34 of the key: series and number.
    if (series.zfill(3), number.zfill(9)) != (key[22:25], key[25:34]):
        raise Refused("o número e a série da nota não são os da chave de acesso")
    return InvoiceFacts(key, number, series, _date(root), _cfops(root))


def _parse(xml: bytes) -> etree._Element:
    if b"<!DOCTYPE" in xml:
        raise Refused("o arquivo tem DOCTYPE, que uma NF-e não tem")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(f"o arquivo não é um XML bem formado ({str(error)[:120]})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("o arquivo tem DOCTYPE, que uma NF-e não tem")
    if root.tag != _ROOT:
        raise Refused("o XML não é o de uma NF-e autorizada (nfeProc)")
    return root


def _invoice(root: etree._Element) -> etree._Element:
    found = root.find("n:NFe/n:infNFe", _NAMES)
    if found is None:
        raise Refused("falta no XML a nota (infNFe)")
    return found


def _text(root: etree._Element, path: str, what: str) -> str:
    text = (root.findtext(path, namespaces=_NAMES) or "").strip()
    if not text:
        raise Refused(f"falta no XML {what}")
    return text


def _check_total(root: etree._Element, order_total: Decimal | None) -> None:
    written = _text(root, "n:NFe/n:infNFe/n:total/n:ICMSTot/n:vNF", "o valor total (vNF)")
    total = Decimal(written) if _AMOUNT.match(written) else None
    if not total:
        raise Refused(f"o valor total {written[:40]!r} não é um valor de nota")
    if order_total and total > order_total * _ABSURD_FACTOR:
        raise Refused(f"o valor total {total} não condiz com o do pedido ({order_total})")


def _date(root: etree._Element) -> str:
    written = _text(root, "n:NFe/n:infNFe/n:ide/n:dhEmi", "a data de emissão")
    try:
        datetime.fromisoformat(written)
    except ValueError as error:
        raise Refused(f"a data de emissão {written[:40]!r} não é uma data") from error
    return written


def _cfops(root: etree._Element) -> str:
    found = {
        (element.text or "").strip()
        for element in root.iterfind("n:NFe/n:infNFe/n:det/n:prod/n:CFOP", _NAMES)
    }
    if not found or not all(re.fullmatch("[1-7][0-9]{3}", cfop) for cfop in found):
        raise Refused("falta no XML o CFOP de um item, ou não é um CFOP")
    return ",".join(sorted(found))
