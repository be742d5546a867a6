"""A shop of products, offers and reviews, in the manner of the Berlin SPARQL Benchmark, made by us.

All follows from the number of products and the seed: the same two give the same bytes. A product brings about
280 triples, as it brings twenty offers and ten reviews.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

SHOP = "http://shop.example/"
V = f"{SHOP}vocabulary#"
_PER_PRODUCT = 280  # triples, about
_OFFERS, _REVIEWS = 20, 10  # a product
_A = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_COMMENT = "<http://www.w3.org/2000/01/rdf-schema#comment>"
_SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGER, _DATE, _DECIMAL = (f"^^<{_XSD}{name}>" for name in ("integer", "date", "decimal"))
COUNTRIES = ("FR", "DE", "ES", "IT", "SN", "BJ", "ML", "LB", "VN", "MG")
_LANGUAGES = ("fr", "en", "de", "es")
_SYLLABLES = [
    "ba",
    "do",
    "fi",
    "gu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "so",
    "te",
    "vi",
    "wa",
    "xe",
    "yo",
    "za",
    "chi",
    "tro",
    "plen",
]


@dataclass(frozen=True)
class Shop:
    """How many there are of each kind of thing."""

    products: int

    @classmethod
    def of(cls, triples: int) -> Shop:
        """The shop with about so many triples (within 2 %)."""
        return cls(max(20, round(triples / _PER_PRODUCT)))

    @property
    def types(self) -> int:
        return 7 + round(math.sqrt(self.products))

    @property
    def features(self) -> int:
        return 50 + round(6 * math.pow(self.products, 0.6))

    @property
    def producers(self) -> int:
        return 1 + self.products // 40

    @property
    def vendors(self) -> int:
        return 1 + self.products // 50

    @property
    def people(self) -> int:
        return 1 + self.products * _REVIEWS // 20

    @property
    def offers(self) -> int:
        return self.products * _OFFERS

    @property
    def reviews(self) -> int:
        return self.products * _REVIEWS


def write(file: Path, shop: Shop, seed: int = 1) -> int:
    """Writes the shop as N-Triples.

    Returns:
        The number of triples; no two are equal.
    """
    count = 0
    with file.open("w", encoding="utf-8", buffering=1 << 20) as out:
        for block in _blocks(shop, Random(seed)):
            out.write(block)
            count += block.count("\n")
    return count


def _blocks(shop: Shop, random: Random) -> Iterator[str]:
    words = sorted({"".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) for _ in range(3000)})
    texts = [" ".join(random.choices(words, k=random.randint(6, 14))) for _ in range(5000)]
    yield from (_type(number, random, words, texts) for number in range(shop.types))
    yield from (_named("feature", "Feature", n, random, words, texts) for n in range(shop.features))
    yield from (_company("producer", "Producer", n, random, words, texts) for n in range(shop.producers))
    yield from (_company("vendor", "Vendor", n, random, words, texts) for n in range(shop.vendors))
    yield from (_person(number, random, words) for number in range(shop.people))
    for number in range(shop.products):
        yield _product(number, shop, random, words, texts)
        yield from (_offer(number * _OFFERS + k, number, shop, random) for k in range(_OFFERS))
        yield from (_review(number * _REVIEWS + k, number, shop, random, words, texts) for k in range(_REVIEWS))


def _named(path: str, kind: str, number: int, random: Random, words: list[str], texts: list[str]) -> str:
    s = f"<{SHOP}{path}/{number}>"
    label = " ".join(random.choices(words, k=random.randint(1, 3)))
    text = " ".join(random.choices(texts, k=3))
    return f'{s} {_A} <{V}{kind}> .\n{s} {_LABEL} "{label}" .\n{s} {_COMMENT} "{text}" .\n'


def _type(number: int, random: Random, words: list[str], texts: list[str]) -> str:
    above = f"<{SHOP}type/{number}> {_SUBCLASS} <{SHOP}type/{(number - 1) // 4}> .\n" if number else ""
    return _named("type", "ProductType", number, random, words, texts) + above


def _company(path: str, kind: str, number: int, random: Random, words: list[str], texts: list[str]) -> str:
    s = f"<{SHOP}{path}/{number}>"
    return (
        f"{_named(path, kind, number, random, words, texts)}"
        f"{s} <{V}homepage> <http://{path}{number}.example/> .\n"
        f"{s} <{V}country> <{SHOP}country/{random.choice(COUNTRIES)}> .\n"
    )


def _person(number: int, random: Random, words: list[str]) -> str:
    s = f"<{SHOP}person/{number}>"
    first, last = random.choices(words, k=2)
    return (
        f"{s} {_A} <{V}Person> .\n"
        f'{s} <{V}name> "{first.title()} {last.title()}" .\n'
        f'{s} <{V}mbox> "{first}.{number}@example.org" .\n'
        f"{s} <{V}country> <{SHOP}country/{random.choice(COUNTRIES)}> .\n"
    )


def _product(number: int, shop: Shop, random: Random, words: list[str], texts: list[str]) -> str:
    s = f"<{SHOP}product/{number}>"
    lines = [_named("product", "Product", number, random, words, texts)]
    kind = random.randrange(shop.types)
    while kind:  # also a member of all types above its own but the topmost, which holds all
        lines.append(f"{s} {_A} <{SHOP}type/{kind}> .\n")
        kind = (kind - 1) // 4
    lines.append(f"{s} <{V}producer> <{SHOP}producer/{random.randrange(shop.producers)}> .\n")
    lines += [f'{s} <{V}number{k}> "{random.randint(1, 2000)}"{_INTEGER} .\n' for k in range(random.randint(3, 5))]
    lines += [f'{s} <{V}text{k}> "{random.choice(texts)}" .\n' for k in range(random.randint(3, 5))]
    for feature in sorted(random.sample(range(shop.features), random.randint(9, 18))):
        lines.append(f"{s} <{V}feature> <{SHOP}feature/{feature}> .\n")
    return "".join(lines)


def _offer(number: int, product: int, shop: Shop, random: Random) -> str:
    s = f"<{SHOP}offer/{number}>"
    month = random.randint(1, 6)
    return (
        f"{s} {_A} <{V}Offer> .\n"
        f"{s} <{V}product> <{SHOP}product/{product}> .\n"
        f"{s} <{V}vendor> <{SHOP}vendor/{random.randrange(shop.vendors)}> .\n"
        f'{s} <{V}price> "{random.randint(5, 9999)}.{random.randint(1, 9)}"{_DECIMAL} .\n'
        f'{s} <{V}validFrom> "2025-{month:02}-{random.randint(1, 28):02}"{_DATE} .\n'
        f'{s} <{V}validTo> "2025-{month + 6:02}-{random.randint(1, 28):02}"{_DATE} .\n'
        f'{s} <{V}deliveryDays> "{random.randint(1, 21)}"{_INTEGER} .\n'
        f"{s} <{V}webpage> <http://vendor.example/offer/{number}> .\n"
    )


def _review(number: int, product: int, shop: Shop, random: Random, words: list[str], texts: list[str]) -> str:
    s = f"<{SHOP}review/{number}>"
    language = random.choice(_LANGUAGES)
    rated = [f'{s} <{V}rating{k}> "{random.randint(1, 10)}"{_INTEGER} .\n' for k in range(4) if random.random() < 0.7]
    return (
        f"{s} {_A} <{V}Review> .\n"
        f"{s} <{V}reviewOf> <{SHOP}product/{product}> .\n"
        f"{s} <{V}reviewer> <{SHOP}person/{random.randrange(shop.people)}> .\n"
        f'{s} <{V}title> "{" ".join(random.choices(words, k=5))}" .\n'
        f'{s} <{V}text> "{" ".join(random.choices(texts, k=5))}"@{language} .\n'
        f'{s} <{V}reviewDate> "2025-{random.randint(1, 12):02}-{random.randint(1, 28):02}"{_DATE} .\n' + "".join(rated)
    )
