"""The invoice's XML (nfeProc 4.00), built with nfelib from what was ordered.

It obeys the official schema in all but one element: there is no signature, because there is no
certificate, and the authorisation in it is made up. It says so (tpAmb 2, homologation, and a
remark). Marketplace data is dirtier than the schema allows: texts lose what is not Latin-1 and
are cut, and a municipality's code is that of its state's capital, because orders carry none.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from nfelib.nfe.bindings.v4_0 import leiaute_nfe_v4_00 as layout
from nfelib.nfe.bindings.v4_0 import tipos_basico_v4_00 as basics
from nfelib.nfe.bindings.v4_0.leiaute_cons_sit_nfe_v4_00 import TprotNfe
from nfelib.nfe.bindings.v4_0.proc_nfe_v4_00 import NfeProc
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig

from ponte_sandbox.store.nfe_key import MODEL, SERIES
from ponte_sandbox.store.shops import STATE, Shop
from ponte_sandbox.store.wire import DocumentType, OrderContent, OrderItem, money

# IBGE: state code and the capital's municipality code.
_CAPITALS = {
    "AC": "1200401", "AL": "2704302", "AM": "1302603", "AP": "1600303", "BA": "2927408",
    "CE": "2304400", "DF": "5300108", "ES": "3205309", "GO": "5208707", "MA": "2111300",
    "MG": "3106200", "MS": "5002704", "MT": "5103403", "PA": "1501402", "PB": "2507507",
    "PE": "2611606", "PI": "2211001", "PR": "4106902", "RJ": "3304557", "RN": "2408102",
    "RO": "1100205", "RR": "1400100", "RS": "4314902", "SC": "4205407", "SE": "2800308",
    "SP": "3550308", "TO": "1721000",
}  # fmt: skip
# tPag of the layout by the payment's word; what is not here is 99, with the word.
_PAYMENTS = {
    "credit": "03", "debit": "04", "voucher": "05", "ticket": "15", "boleto": "15", "pix": "17",
}  # fmt: skip
_REMARK = "Emitida por loja de testes, sem assinatura e sem valor fiscal."
_CENT = Decimal("0.01")
_serializer = XmlSerializer(config=SerializerConfig(xml_declaration=True))
_NAMESPACE = {None: "http://www.portalfiscal.inf.br/nfe"}

# nfelib comes untyped: its classes are `Any` to the type checker, and the schema judges them.
_Inf = layout.Tnfe.InfNfe
_Det = _Inf.Det
_Tax = _Det.Imposto


@dataclass(frozen=True)
class InvoiceLine:
    """An ordered item with what the catalogue knows of it."""

    item: OrderItem
    ncm: str | None
    ean: str | None


@dataclass(frozen=True)
class InvoiceFacts:
    """What an invoice says besides the order."""

    key: str
    number: int
    moment: datetime
    cfop: str


def cfop_of(state: str) -> str:
    """5102 within the shop's state, 6102 to another one (resale of goods bought)."""
    other = state.upper()
    return "6102" if other in _CAPITALS and other != STATE else "5102"


def invoice_xml(
    shop: Shop, content: OrderContent, lines: list[InvoiceLine], facts: InvoiceFacts
) -> bytes:
    """The XML of one order's invoice."""
    inf = _Inf(
        versao="4.00",
        Id=f"NFe{facts.key}",
        ide=_identification(facts),
        emit=_issuer(shop),
        dest=_buyer(content),
        det=_details(content, lines, facts),
        total=_Inf.Total(ICMSTot=_totals(content)),
        transp=_Inf.Transp(modFrete=layout.TranspModFrete.VALUE_0),
        pag=_Inf.Pag(detPag=_payments(content)),
        infAdic=_Inf.InfAdic(infCpl=_REMARK),
    )
    protocol = TprotNfe(
        versao="4.00",
        infProt=TprotNfe.InfProt(
            tpAmb=basics.Tamb.VALUE_2,
            verAplic="SANDBOX",
            chNFe=facts.key,
            dhRecbto=_time(facts.moment),
            nProt=f"135{facts.moment:%y}{facts.number:010d}",
            cStat="100",
            xMotivo="Autorizado o uso da NF-e (simulado)",
        ),
    )
    document = NfeProc(versao="4.00", NFe=layout.Tnfe(infNFe=inf), protNFe=protocol)
    xml: str = _serializer.render(document, ns_map=_NAMESPACE)
    return xml.encode()


def _identification(facts: InvoiceFacts) -> Any:
    return _Inf.Ide(
        cUF=basics.TcodUfIbge(facts.key[:2]),
        cNF=facts.key[35:43],
        natOp="Venda de mercadoria",
        mod=basics.Tmod(MODEL),
        serie=str(SERIES),
        nNF=str(facts.number),
        dhEmi=_time(facts.moment),
        tpNF=layout.IdeTpNf.VALUE_1,
        idDest=layout.IdeIdDest("2" if facts.cfop.startswith("6") else "1"),
        cMunFG=_CAPITALS[STATE],
        tpImp=layout.IdeTpImp.VALUE_1,
        tpEmis=layout.IdeTpEmis.VALUE_1,
        cDV=facts.key[-1],
        tpAmb=basics.Tamb.VALUE_2,
        finNFe=layout.TfinNfe.VALUE_1,
        indFinal=layout.IdeIndFinal.VALUE_1,
        indPres=layout.IdeIndPres.VALUE_2,
        indIntermed=layout.IdeIndIntermed.VALUE_0,
        procEmi=layout.TprocEmi.VALUE_0,
        verProc="Sandbox 1.0",
    )


def _issuer(shop: Shop) -> Any:
    return _Inf.Emit(
        CNPJ=shop.cnpj,
        xNome=_text(f"{shop.name} Ltda", 60, "Loja"),
        xFant=_text(shop.name, 60, "Loja"),
        enderEmit=layout.TenderEmi(
            xLgr="Rua Augusta", nro="1500", xBairro="Consolação", cMun=_CAPITALS[STATE],
            xMun="São Paulo", UF=layout.TufEmi(STATE), CEP="01304001",
            cPais=layout.TenderEmiCPais.VALUE_1058, xPais=layout.TenderEmiXPais.BRASIL,
        ),
        IE="110042490114",
        CRT=layout.EmitCrt.VALUE_1,
    )  # fmt: skip


def _buyer(content: OrderContent) -> Any:
    buyer, delivery = content.buyer, content.delivery
    state = delivery.state.upper() if delivery.state.upper() in _CAPITALS else STATE
    postal_code = re.sub("[^0-9]", "", delivery.postal_code)
    return _Inf.Dest(
        CPF=buyer.document if buyer.document_type is DocumentType.CPF else None,
        CNPJ=buyer.document if buyer.document_type is DocumentType.CNPJ else None,
        xNome=_text(buyer.name, 60, "Consumidor"),
        enderDest=layout.Tendereco(
            xLgr=_text(delivery.street, 60, "Sem logradouro"),
            nro=_text(delivery.number, 60, "SN"),
            xBairro=_text(delivery.neighborhood, 60, "Sem bairro"),
            cMun=_CAPITALS[state],
            xMun=_text(delivery.city, 60, "Sem município"),
            UF=basics.Tuf(state),
            CEP=postal_code if len(postal_code) == 8 else None,
        ),
        indIEDest=layout.DestIndIedest.VALUE_9,
    )


def _details(content: OrderContent, lines: list[InvoiceLine], facts: InvoiceFacts) -> list[Any]:
    """The items, with freight, discount and interest shared among them."""
    weights = [Decimal(line.item.total) for line in lines]
    shippings = share_out(Decimal(content.totals.shipping), weights)
    discounts = share_out(Decimal(content.totals.discount), weights)
    interests = share_out(Decimal(content.totals.interest), weights)
    return [
        _Det(
            nItem=str(place + 1),
            prod=_goods(line, facts.cfop, shippings[place], discounts[place], interests[place]),
            imposto=_taxes(),
        )
        for place, line in enumerate(lines)
    ]


def _goods(
    line: InvoiceLine, cfop: str, shipping: Decimal, discount: Decimal, interest: Decimal
) -> Any:
    item = line.item
    quantity = f"{item.quantity}.0000"
    ean = line.ean if line.ean and re.fullmatch("[0-9]{8}|[0-9]{12,14}", line.ean) else "SEM GTIN"
    return _Det.Prod(
        cProd=_text(item.sku, 60, "0"),
        cEAN=ean,
        xProd=_text(item.name, 120, "Produto"),
        NCM=line.ncm if line.ncm and re.fullmatch("[0-9]{8}", line.ncm) else "00000000",
        CFOP=cfop,
        uCom="UN",
        qCom=quantity,
        vUnCom=item.unit_price,
        vProd=money(item.quantity * Decimal(item.unit_price)),
        cEANTrib=ean,
        uTrib="UN",
        qTrib=quantity,
        vUnTrib=item.unit_price,
        vFrete=_unless_zero(shipping),
        vDesc=_unless_zero(discount + Decimal(item.discount)),
        vOutro=_unless_zero(interest),
        indTot=layout.ProdIndTot.VALUE_1,
    )


def _taxes() -> Any:
    """A small company's (Simples Nacional): nothing charged apart."""
    return _Tax(
        ICMS=_Tax.Icms(
            ICMSSN102=_Tax.Icms.Icmssn102(
                orig=layout.Torig.VALUE_0, CSOSN=layout.Icmssn102Csosn.VALUE_102
            )
        ),
        PIS=_Tax.Pis(PISNT=_Tax.Pis.Pisnt(CST=layout.PisntCst.VALUE_07)),
        COFINS=_Tax.Cofins(COFINSNT=_Tax.Cofins.Cofinsnt(CST=layout.CofinsntCst.VALUE_07)),
    )


def _totals(content: OrderContent) -> Any:
    totals = content.totals
    goods = sum((i.quantity * Decimal(i.unit_price) for i in content.items), Decimal(0))
    discount = Decimal(totals.discount) + sum(Decimal(i.discount) for i in content.items)
    none = "0.00"
    return _Inf.Total.Icmstot(
        vBC=none, vICMS=none, vICMSDeson=none, vFCP=none, vBCST=none, vST=none, vFCPST=none,
        vFCPSTRet=none, vProd=money(goods), vFrete=totals.shipping, vSeg=none,
        vDesc=money(discount), vII=none, vIPI=none, vIPIDevol=none, vPIS=none, vCOFINS=none,
        vOutro=totals.interest, vNF=totals.total,
    )  # fmt: skip


def _payments(content: OrderContent) -> list[Any]:
    if not content.payments:
        return [_Inf.Pag.DetPag(tPag="90", vPag="0.00")]
    paid = []
    for payment in content.payments:
        kind = _PAYMENTS.get(payment.method.lower(), "99")
        other = _text(payment.method, 60, "Outros") if kind == "99" else None
        paid.append(_Inf.Pag.DetPag(tPag=kind, xPag=other, vPag=payment.total))
    return paid


def share_out(amount: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """`amount` in cents among lines by weight; what rounding leaves goes to the last one."""
    whole = sum(weights, Decimal(0))
    if not whole:
        return [Decimal(0)] * (len(weights) - 1) + [amount]
    shares = [(amount * weight / whole).quantize(_CENT, ROUND_DOWN) for weight in weights[:-1]]
    return [*shares, amount - sum(shares, Decimal(0))]


def _unless_zero(amount: Decimal) -> str | None:
    return money(amount) if amount else None


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _text(text: str, most: int, instead: str) -> str:
    """What the layout takes as a text: Latin-1 without controls, 2 to `most` long, trimmed."""
    latin = re.sub("[^ -~\xa1-\xff]", " ", text)
    short = re.sub(" +", " ", latin).strip()[:most].strip()
    return short if len(short) >= min(2, len(instead)) else instead
