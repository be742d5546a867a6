"""Texts that people who mean harm, or programs gone wrong, send to an endpoint: made by a grammar, from a seed.

Nothing here is a list of known attacks (those are in `test_fatal_queries`): sizes, shapes and nesting are drawn, so
each seed asks what nobody thought of.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

PREFIX = "PREFIX ex: <http://example.org/>\n"
_VARIABLES = [f"?{name}" for name in "abcdefgh"]
_PREDICATES = ["ex:p", "ex:q", "ex:r", "ex:name", "?x"]
_CONSTANTS = ["ex:s1", "ex:s2", "ex:s3", "1", "2.5", '"un"', '"deux"@fr', "true", "<http://example.org/s4>"]
_UNARY = ["STR", "LCASE", "STRLEN", "ABS", "isIRI", "isLITERAL", "LANG", "DATATYPE", "MD5", "!", "-", "ENCODE_FOR_URI"]
_BINARY = ["=", "!=", "<", ">", "+", "-", "*", "/", "&&", "||"]
_ODD = ["\0", "\ufeff", "\u202e", "\ud83d", "é", "'", '"', "\\", "\\u0022", "<", ">", "{", "}", "%00", "\r", "#", "<<("]


class Grammar:
    """Writes queries. ``size`` bounds how deep and wide they get; sizes of a few terms evaluate at once."""

    def __init__(self, random: Random, size: int = 3) -> None:
        self.random, self.size = random, size

    def query(self) -> str:
        """A query that parses, of any form, without LIMIT (its rows do not depend on an order)."""
        body = self.group(self.size)
        form = self.random.choice(["SELECT *", "SELECT DISTINCT ?a ?b", "ASK", "COUNT", "CONSTRUCT", "GROUP"])
        if form == "COUNT":
            return f"{PREFIX}SELECT (COUNT(*) AS ?many) (COUNT(DISTINCT ?a) AS ?few) WHERE {body}"
        if form == "GROUP":
            return (
                f"{PREFIX}SELECT ?a (COUNT(*) AS ?many) (MIN(?b) AS ?least) WHERE {body} GROUP BY ?a HAVING(?many > 1)"
            )
        if form == "CONSTRUCT":
            return f"{PREFIX}CONSTRUCT {{ ?a ex:found ?b . ?b ex:of ?a }} WHERE {body}"
        order = " ORDER BY DESC(?a) ?b" if form.startswith("SELECT") and self.random.random() < 0.3 else ""
        return f"{PREFIX}{form} WHERE {body}{order}"

    def group(self, depth: int) -> str:
        """A group graph pattern."""
        parts = [self.triple()]
        for _ in range(self.random.randint(0, 2)):
            parts.append(self.part(depth - 1) if depth > 0 else self.triple())
        return "{ " + " ".join(parts) + " }"

    def part(self, depth: int) -> str:
        """What may stand in a group."""
        group, pick = self.group(depth), self.random.random
        return self.random.choice(
            [
                f"OPTIONAL {group}",
                f"{group} UNION {self.group(depth)}",
                f"MINUS {group}",
                group,
                f"FILTER({self.expression(depth)})",
                f"FILTER EXISTS {group}",
                f"FILTER NOT EXISTS {group}",
                f"BIND({self.expression(depth)} AS ?new{int(pick() * 1e9)})",
                f"VALUES (?a ?b) {{ ({self.constant()} UNDEF) (UNDEF {self.constant()}) }}",
                f"GRAPH ?g {group}",
                f"GRAPH ex:g1 {group}",
                f"{{ SELECT ?a (COUNT(?b) AS ?n{int(pick() * 1e9)}) WHERE {group} GROUP BY ?a }}",
                f"{self.variable()} {self.path(depth)} {self.variable()} .",
            ]
        )

    def triple(self) -> str:
        objects = _VARIABLES * 4 + _CONSTANTS
        return f"{self.variable()} {self.random.choice(_PREDICATES)} {self.random.choice(objects)} ."

    def variable(self) -> str:
        return self.random.choice(_VARIABLES[:4])

    def constant(self) -> str:
        return self.random.choice(_CONSTANTS)

    def path(self, depth: int) -> str:
        step = self.random.choice(["ex:p", "ex:q", "^ex:r", "!ex:p", "!(ex:p|^ex:q)"])
        if depth <= 0:
            return step
        left, right = self.path(depth - 1), self.path(depth - 2)
        return self.random.choice([f"{left}/{right}", f"({left}|{right})", f"({left})*", f"({left})+", f"({left})?"])

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return self.random.choice(_VARIABLES + _CONSTANTS)
        inner = self.expression(depth - 1)
        return self.random.choice(
            [
                f"{self.random.choice(_UNARY)}({inner})",
                f"({inner} {self.random.choice(_BINARY)} {self.expression(depth - 1)})",
                f"IF({inner}, {self.expression(depth - 2)}, {self.constant()})",
                f"COALESCE({inner}, {self.constant()})",
                f"({inner} IN ({self.constant()}, {self.expression(depth - 2)}))",
                f"CONCAT(STR({inner}), 'x')",
            ]
        )


Shape = Callable[[Random], str]


def _many(r: Random, most: int) -> int:
    """A size: small ones and large ones are as likely as each other."""
    return int(most ** r.random()) + 1


def _deep(r: Random) -> str:
    n = _many(r, 20_000)
    before, after = r.choice(
        [
            ("{", "}"),
            ("OPTIONAL { ?a ?b ?c ", "}"),
            ("{ SELECT * {", "} }"),
            ("MINUS { ?a ?b ?c ", "}"),
            ("GRAPH ?g {", "}"),
            ("FILTER EXISTS { ?a ?b ?c ", "}"),
            ("LATERAL {", "}"),
            ("{ ?a ?b [ ?c (", ") ] }"),
            ("?a ?b <<( ?c ?d ", ")>> ."),
        ]
    )
    return "SELECT * {" + before * n + after * (n if r.random() < 0.7 else _many(r, n)) + "}"


def _deep_expression(r: Random) -> str:
    n = _many(r, 20_000)
    before, after = r.choice(
        [
            ("(", ")"),
            ("!(", ")"),
            ("-", ""),
            ("STR(", ")"),
            ("IF(1,", ",2)"),
            ("1+(", ")"),
            ("NOT EXISTS {FILTER(", ")}"),
        ]
    )
    return f"ASK {{ FILTER({before * n}1{after * n}) }}"


def _wide(r: Random) -> str:
    n = _many(r, 3000)
    part = r.choice(
        ["?a{i} ?b{i} ?c{i} .", "?a ?b{i} ?c .", "{{}} UNION", "OPTIONAL {{ ?a ?b ?c{i} }}", "BIND({i} AS ?n{i})"]
    )
    part = r.choice(
        [part, "FILTER(?a != {i})", "?v{i} ex:p ?v{j} .", "MINUS {{ ?a ?b {i} }}", "FILTER EXISTS {{ ?a ?b {i} }}"]
    )
    return f"{PREFIX}SELECT * {{ {' '.join(part.format(i=i, j=i + 1) for i in range(n))} {{}} }}"


def _cross(r: Random) -> str:
    patterns = " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(r.randint(2, 9)))
    head, tail = r.choice(
        [
            ("SELECT *", ""),
            ("SELECT DISTINCT *", ""),
            ("SELECT REDUCED ?a0", "ORDER BY ?c0 ?a1"),
            ("SELECT (COUNT(DISTINCT *) AS ?n)", ""),
            ("SELECT (GROUP_CONCAT(?c0; separator='-') AS ?t)", "GROUP BY ?b1"),
            ("SELECT ?a0 (SUM(?c1) AS ?n)", "GROUP BY ?a0 ?a1 ?c0 HAVING(SUM(?c1) > 9)"),
            ("CONSTRUCT { ?a0 ?b1 ?c1 . ?a1 ?b0 ?c0 . [] ?b0 ?c1 }", ""),
            ("DESCRIBE *", ""),
            ("ASK", "HAVING(COUNT(*) < 0)"),
            ("SELECT *", f"ORDER BY RAND() OFFSET {_many(r, 10**18)} LIMIT {_many(r, 10**18)}"),
        ]
    )
    extra = r.choice(["", "FILTER(REGEX(STR(?c0), CONCAT(STR(?c1), '.*')))", "FILTER(MD5(STR(?a0)) = MD5(STR(?c1)))"])
    return f"{head} WHERE {{ {patterns} {extra} }} {tail}"


def _growing(r: Random) -> str:
    n = _many(r, 60)
    step = r.choice(
        [
            "CONCAT({0},{0})",
            "REPLACE({0},'.','$0$0')",
            "ENCODE_FOR_URI(CONCAT({0},'é%'))",
            "STRDT(CONCAT({0},{0}),ex:d)",
        ]
    )
    binds = " ".join(f"BIND({step.format(f'?v{i}')} AS ?v{i + 1})" for i in range(n))
    return f"{PREFIX}SELECT ?v{n} {{ BIND('0123456789é' AS ?v0) {binds} }}"


def _closure(r: Random) -> str:
    step = r.choice(["ex:next", "(ex:next|!ex:next)", "(ex:next|^ex:next)", "(!ex:none)", "(ex:next/ex:next?)"])
    for _ in range(_many(r, 12)):
        step = f"({step}){r.choice('*+?')}" if r.random() < 0.7 else f"({step}/^{step})"[:4000]
    ends = r.choice(["?a {0} ?b", "?a {0} ?b . ?b {0} ?c", "ex:c0 {0} ?b . ?b {0} ?a", "?a {0} ?a"])
    return f"{PREFIX}SELECT (COUNT(*) AS ?n) {{ {ends.format(step)} }}"


def _values(r: Random) -> str:
    blocks = r.randint(1, 6)
    n = 20_000 // blocks // 5
    rows = [
        f"VALUES {f'?v{k}' if r.random() < 0.8 else '?v'} {{ {' '.join(map(str, range(n)))} }}" for k in range(blocks)
    ]
    return f"SELECT (COUNT(*) AS ?n) {{ {' '.join(rows)} }}"


def _numbers(r: Random) -> str:
    big = "9" * _many(r, 30_000)
    value = r.choice(
        [
            big,
            f"-{big}",
            f"{big}.{big}",
            "1e999999999",
            f"1e-{big[:300]}",
            f'"{big}"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        ]
    )
    use = r.choice(
        ["{0} * {0}", "{0} / 0", "ROUND({0})", "SUBSTR('x', {0}, {0})", "STR({0})", "{0} = {0}", "xsd:dateTime({0})"]
    )
    select = f"SELECT ({use.format(value)} AS ?x) {{}} LIMIT {big[: _many(r, 40)]}"
    return f"PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> {select}"


def _patterns_of_text(r: Random) -> str:
    n = _many(r, 5000)
    pattern = r.choice(
        [
            f"(a{{{n}}}){{{n}}}",
            "(" * n + "a" + ")*" * n,
            f"[^{'a-z' * n}]",
            "(a|aa)+" * (n // 9 + 1),
            f"\\\\p{{L}}{{1,{n}}}",
        ]
    )
    return f"SELECT * {{ ?a ?b ?c FILTER(REGEX(STR(?c), '{pattern}', 'i')) }}"


def _declarations(r: Random) -> str:
    n = _many(r, 2500)
    line = r.choice(["BASE <a/../b{i}/>", "PREFIX p{i}: <http://e/{i}>", "PREFIX p: <../{i}>", "VERSION '{i}'"])
    sets = "".join(f" FROM <http://e/{i}>" for i in range(_many(r, 1500)))
    return "\n".join(line.format(i=i) for i in range(n)) + f" SELECT *{sets} {{ GRAPH ?g {{ ?s ?p ?o }} }}"


def _half(r: Random) -> str:
    text = Grammar(r, 5).query()
    return text[: r.randrange(len(text))]


def _mutated(r: Random) -> str:
    text = Grammar(r, 4).query()
    for _ in range(_many(r, 40)):
        at, to = r.randrange(len(text)), r.randrange(len(text))
        low, high = min(at, to), min(max(at, to), min(at, to) + 60)
        text = (
            r.choice(
                [
                    text[:at] + r.choice(_ODD) + text[at:],
                    text[:low] + text[high:],
                    text[:high] + text[low:high] * r.randint(1, 9) + text[high:],
                    text[:low] + text[low:high][::-1] + text[high:],
                    text[:at]
                    + r.choice(["SERVICE <http://127.0.0.1:9/> {", "LOAD <x>", "RAND()", "ORDER BY"])
                    + text[at:],
                ]
            )
            or "ASK {}"
        )
    return text[:60_000]


def _noise(r: Random) -> str:
    pieces = [*_ODD, "SELECT", "*", "WHERE", "ex:a", "?x", " ", "\n", "(", ")", ".", ";", "[", "]", "^^", "@en", "1e"]
    return r.choice(["", "SELECT * {"]) + "".join(r.choices(pieces, k=_many(r, 20_000)))


def _valid(r: Random) -> str:
    return Grammar(r, r.randint(1, 9)).query()


SHAPES: tuple[Shape, ...] = (
    _deep,
    _deep_expression,
    _wide,
    _cross,
    _growing,
    _closure,
    _values,
    _numbers,
    _patterns_of_text,
    _declarations,
    _half,
    _mutated,
    _noise,
    _valid,
)


def hostile(seed: int) -> bytes:
    """The text with this number, as bytes; now and then they are not UTF-8. Shapes take turns."""
    r = Random(seed)
    text = SHAPES[seed % len(SHAPES)](r)
    body = text.encode("utf-8", "surrogatepass")
    if r.random() < 0.1:
        body = r.choice(
            [
                text.encode("utf-16", "surrogatepass"),
                body.replace(b" ", b"\xc0\xa0"),
                body[: r.randrange(len(body) + 1)] + b"\xff",
            ]
        )
    return body
