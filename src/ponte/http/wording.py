"""The other side's words, made fit to be shown: bounded, in one line, without buyers' data.

A refusal may quote what it refuses ("CPF 123.456.789-09 inválido"), and refusals are kept as
pendências, where personal data must not be (design.md, *Promises*).
"""

import re

# A sentence or two; a stack trace or a page of HTML helps no merchant.
_LONGEST = 300

_EMAIL = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}")
# CPF, CNPJ, telephone, CEP: 8 to 14 digits with usual punctuation. Keys of invoices (44) stay.
_PERSONAL_NUMBER = re.compile(r"(?<![\w.-])\+?\(?\d(?:[ ().\-/]{0,2}\d){7,13}(?![\w-])", re.ASCII)
_ALPHANUMERIC_CNPJ = re.compile(
    r"\b[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}\b", re.ASCII
)


def bounded(words: str) -> str:
    """The words in one line of bounded length, with mail addresses and personal numbers masked."""
    line = " ".join(words[: 4 * _LONGEST].split())
    line = _EMAIL.sub("…", line)
    line = _ALPHANUMERIC_CNPJ.sub("…", _PERSONAL_NUMBER.sub("…", line))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
