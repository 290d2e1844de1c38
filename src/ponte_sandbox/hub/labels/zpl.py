"""A shipping label in ZPL II, the language of label printers; pure.

Text rather than a picture: it can be printed (`lp -o raw`), shown by any ZPL viewer, and read as it
is. 100 x 150 mm at 203 dpi, the paper of Brazilian marketplaces. Whatever a buyer has typed is
data, never a command: `^` and `~` begin commands and `_` begins an escape, so all three, and
control characters, travel as escapes (`^FH`).
"""

import re
from typing import Any

Body = dict[str, Any]

# 203 dpi is 8 dots a millimetre.
_WIDTH, _HEIGHT = 800, 1200
_MARGIN = 40
# What fits on a line of the size used, so that nothing runs over the edge.
_CHARACTERS_PER_LINE = 46
_LINE = 44
_COMMAND_CHARACTERS = "^~_"
# What Code 128 has and ZPL does not take for a change of its subset (`>`).
_CODE_128 = re.compile(r"[A-Za-z0-9 ./-]+")


def label_of(order: Body, shipment: Body, sender: str) -> str:
    """The label of one delivery: who sends, who receives, carrier, order, and the NF-e."""
    receiver = " ".join(_texts(order, "receiver_name", "receiver_lastname"))
    street = ", ".join(_texts(order, "receiver_address", "receiver_address_number"))
    town = " - ".join(_texts(order, "receiver_neighborhood", "receiver_city", "receiver_state"))
    carrier = " / ".join(_texts(shipment, "shipping_company", "shipping_method"))
    invoice = " / ".join(_texts(shipment, "nfe_number", "nfe_serie"))
    zipcode = _text(order, "receiver_zipcode")
    track = _text(shipment, "track_code")
    sheet = _Sheet()
    sheet.line(f"REMETENTE: {sender}")
    sheet.rule()
    sheet.line("DESTINATÁRIO", size=40)
    for text in (
        receiver,
        street,
        _text(order, "receiver_address_complement"),
        town,
        f"CEP {zipcode}",
    ):
        sheet.line(text, size=36)
    sheet.barcode(zipcode)
    sheet.rule()
    sheet.line(f"PEDIDO {order['order_id']}  {_text(order, 'channel')}")
    sheet.line(_text(order, "original_id"))
    sheet.line(carrier)
    sheet.barcode(track)
    sheet.rule()
    sheet.line(f"NF-e {invoice}")
    sheet.barcode(_text(shipment, "nfe_key"))
    return sheet.zpl()


class _Sheet:
    """Lines from the top to the bottom."""

    def __init__(self) -> None:
        # UTF-8, paper, and the beginning of the first label.
        self._commands = ["^XA", "^CI28", f"^PW{_WIDTH}", f"^LL{_HEIGHT}"]
        self._top = _MARGIN

    def line(self, text: str, size: int = 30) -> None:
        """A line of text, cut where it would leave the paper; none for an empty text."""
        if not text.strip():
            return
        self._put(f"^A0N,{size},{size - 4}^FH^FD{_data(text[:_CHARACTERS_PER_LINE])}", _LINE)

    def rule(self) -> None:
        """A line across."""
        self._put(f"^GB{_WIDTH - 2 * _MARGIN},3,3", 20)

    def barcode(self, content: str) -> None:
        """Code 128 with its text below, as wide as it may be; a line of text where none can be."""
        content = content.strip()
        module = _module_of(content)
        if not module:
            self.line(content)
            return
        self._put(f"^BY{module}^BCN,80,Y,N,N,A^FH^FD{_data(content)}", 140)

    def zpl(self) -> str:
        """The whole label."""
        return "\n".join([*self._commands, "^XZ", ""])

    def _put(self, command: str, height: int) -> None:
        self._commands.append(f"^FO{_MARGIN},{self._top}{command}^FS")
        self._top += height


def _module_of(content: str) -> int:
    """How many dots the narrowest bar has: 2, or 1 where 2 are too wide; 0: no barcode."""
    if not _CODE_128.fullmatch(content):
        return 0
    # Digits stand in pairs. Eleven modules a symbol; start, check digit and stop take 35.
    symbols = (len(content) + 1) // 2 if content.isdigit() else len(content)
    return min(2, (_WIDTH - 2 * _MARGIN) // (11 * symbols + 35))


def _data(text: str) -> str:
    return "".join(
        "".join(f"_{byte:02X}" for byte in character.encode("utf-8", "replace"))
        if character in _COMMAND_CHARACTERS or not character.isprintable()
        else character
        for character in text
    )


def _text(holder: Body, name: str) -> str:
    value = holder.get(name)
    return "" if value is None else str(value)


def _texts(holder: Body, *names: str) -> list[str]:
    return [text for text in (_text(holder, name) for name in names) if text]
