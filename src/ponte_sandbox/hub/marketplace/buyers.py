"""Buyers who do not exist: names, addresses, and documents whose check digits are right.

A document that is merely random is refused by every store, so the check digits of CPF and CNPJ are
computed; since 2026 a CNPJ may hold letters, and some here do. Everything comes from the
random source handed in, so the same seed makes the same buyer.
"""

import random
import string
from typing import NamedTuple

from stdnum.br import cnpj as cnpj_number

# One buyer in six is a company, and one company in five of the new kind with letters: more than in
# the field, so that a few hundred orders surely contain both.
_COMPANY_SHARE = 1 / 6
_LETTERS_SHARE = 1 / 5

_FIRST = (
    "Ana", "Antônio", "Beatriz", "Caio", "Camila", "Cauã", "Débora", "Érica", "Felipe", "Gabriela",
    "Heloísa", "Inês", "João", "Júlia", "Lúcia", "Luís", "Márcio", "Natália", "Otávio", "Patrícia",
    "Raíssa", "Sebastião", "Tânia", "Vinícius", "Zélia",
)  # fmt: skip
_LAST = (
    "Almeida", "Araújo", "Barbosa", "Cardoso", "Conceição", "da Silva", "de Souza", "dos Santos",
    "Figueiredo", "Gonçalves", "Magalhães", "Nogueira", "Oliveira", "Pereira", "Ribeiro",
    "Sant'Anna", "Teixeira", "Uchôa", "Vasconcelos",
)  # fmt: skip
_STREETS = (
    "Rua das Acácias", "Avenida Brasil", "Rua XV de Novembro", "Travessa São João",
    "Alameda Santos", "Rua Sete de Setembro", "Avenida Getúlio Vargas", "Rodovia BR-101 km 12",
    "Quadra SQN 205",
)  # fmt: skip
# City, state, area code, and a CEP range that belongs to it.
_CITIES = (
    ("São Paulo", "SP", "11", 1000000, 5999999),
    ("Campinas", "SP", "19", 13000000, 13139999),
    ("Rio de Janeiro", "RJ", "21", 20000000, 23799999),
    ("Belo Horizonte", "MG", "31", 30000000, 31999999),
    ("Curitiba", "PR", "41", 80000000, 82999999),
    ("Florianópolis", "SC", "48", 88000000, 88099999),
    ("Porto Alegre", "RS", "51", 90000000, 91999999),
    ("Brasília", "DF", "61", 70000000, 70999999),
    ("Salvador", "BA", "71", 40000000, 41999999),
    ("Recife", "PE", "81", 50000000, 52999999),
    ("Manaus", "AM", "92", 69000000, 69099999),
)
_NEIGHBORHOODS = ("Centro", "Jardim América", "Vila Nova", "Boa Vista", "Santo Antônio", "Moema")
_TRADES = ("Comércio de Tecidos", "Papelaria", "Serviços de Informática", "Mercearia", "Reformas")


class Buyer(NamedTuple):
    """Who buys, and where it goes. The document has digits (and letters) only."""

    first_name: str
    last_name: str
    company: str | None
    state_registration: str | None
    document: str
    street: str
    number: str
    complement: str | None
    neighborhood: str
    city: str
    state: str
    postal_code: str
    phone_area: str
    phone: str
    email: str


def make_buyer(chance: random.Random) -> Buyer:
    """A person or a company, somewhere in Brazil."""
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    is_company = chance.random() < _COMPANY_SHARE
    city, state, area, lowest, highest = chance.choice(_CITIES)
    return Buyer(
        first_name=first,
        last_name=last,
        company=f"{last} {chance.choice(_TRADES)} Ltda." if is_company else None,
        state_registration=chance.choice(("ISENTO", _digits(chance, 12))) if is_company else None,
        document=make_cnpj(chance) if is_company else make_cpf(chance),
        street=chance.choice(_STREETS),
        number=chance.choice(("S/N", str(chance.randint(1, 9999)))),
        complement=chance.choice((None, "Apto 12", "Bloco B", "Casa 2")),
        neighborhood=chance.choice(_NEIGHBORHOODS),
        city=city,
        state=state,
        postal_code=f"{chance.randint(lowest, highest):08d}",
        phone_area=area,
        phone=f"9{_digits(chance, 8)}",
        email=f"comprador{chance.randint(1, 999_999)}@example.com",
    )


def make_cpf(chance: random.Random) -> str:
    """A CPF with right check digits (modulo 11, twice), and not one of the all-equal ones."""
    base = _digits(chance, 9)
    if len(set(base)) == 1:
        return make_cpf(chance)
    for _ in range(2):
        weighted = sum(int(digit) * (len(base) + 1 - place) for place, digit in enumerate(base))
        base += str(weighted * 10 % 11 % 10)
    return base


def make_cnpj(chance: random.Random) -> str:
    """A CNPJ with right check digits, sometimes with letters."""
    letters = string.digits + string.ascii_uppercase
    has_letters = chance.random() < _LETTERS_SHARE
    root = "".join(chance.choices(letters, k=8)) if has_letters else _digits(chance, 8)
    base = f"{root}0001"
    return base + str(cnpj_number.calc_check_digits(base))


def spoil(document: str) -> str:
    """The document with a wrong last digit."""
    return document[:-1] + str((int(document[-1]) + 1) % 10)


def _digits(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(string.digits, k=length))
