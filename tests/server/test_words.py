"""Dates, periods and foreign identifiers as a reader of each language expects them."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from terrinclus_kg.server import words
from terrinclus_kg.server.render import Shown


@pytest.mark.parametrize(
    ("start", "end", "french", "english"),
    [
        ("2015", "", "depuis 2015", "since 2015"),
        ("2015-03", "", "depuis mars 2015", "since March 2015"),
        ("2011-03-31", "", "depuis le 31 mars 2011", "since 31 March 2011"),
        ("2011-01-01", "", "depuis le 1er janvier 2011", "since 1 January 2011"),
        ("", "2015", "jusqu’en 2015", "until 2015"),
        ("", "2015-03", "jusqu’en mars 2015", "until March 2015"),
        ("", "2011-03-31", "jusqu’au 31 mars 2011", "until 31 March 2011"),
        ("2016", "2018", "de 2016 à 2018", "from 2016 to 2018"),
        ("2012-10", "2013-03", "d’octobre 2012 à mars 2013", "from October 2012 to March 2013"),
        ("2012-11", "2013-04", "de novembre 2012 à avril 2013", "from November 2012 to April 2013"),
        ("2018-10-20", "2018-10-24", "du 20 au 24 octobre 2018", "from 20 to 24 October 2018"),
        ("2018-10-01", "2018-10-24", "du 1er au 24 octobre 2018", "from 1 to 24 October 2018"),
        (
            "2018-10-20",
            "2018-11-24",
            "du 20 octobre 2018 au 24 novembre 2018",
            "from 20 October 2018 to 24 November 2018",
        ),
        ("2018", "2019-12-31", "de 2018 au 31 décembre 2019", "from 2018 to 31 December 2019"),
        ("2017-03-27", "2017-03-27", "27 mars 2017", "27 March 2017"),
        ("2014", "2014", "2014", "2014"),
        ("", "", "", ""),
        ("2014-02-31", "", "depuis le 2014-02-31", "since 2014-02-31"),
    ],
)
def test_periods(start: str, end: str, french: str, english: str) -> None:
    assert words.period(start, end, "fr") == french
    assert words.period(start, end, "en") == english


@pytest.mark.parametrize(
    ("label", "french"),
    [
        ("depuis 2011-03-31", "depuis le 31 mars 2011"),
        ("since 2011-03-31", "depuis le 31 mars 2011"),
        ("jusqu’en 2015-03", "jusqu’en mars 2015"),
        ("2018-10-20 – 2018-10-24", "du 20 au 24 octobre 2018"),
        ("2017-03-27", "27 mars 2017"),
        ("la mandature 2015-2021", "la mandature 2015-2021"),
        ("depuis longtemps", "depuis longtemps"),
    ],
)
def test_labels_of_periods(label: str, french: str) -> None:
    assert words.period_label(label, "fr") == french


def test_links_to_periods_use_the_same_words() -> None:
    period, event = (f"https://w3id.org/terrinclus/id/{key}" for key in ("periode/x", "evenement/x"))
    shown = Shown("fr", {key: {"fr": "depuis 2011-03-31"} for key in (period, event)})
    assert shown.label(period).text == "depuis le 31 mars 2011"
    assert shown.label(event).text == "depuis 2011-03-31"


def test_the_page_of_a_period_says_it_in_words(client: FlaskClient) -> None:
    assert "<h1><bdi>du 20 au 24 octobre 2018</bdi></h1>" in client.get("/fr/periode/mission").text
    page = client.get("/en/evenement/mission").text
    assert "from 20 to 24 October 2018" in page
    assert "2018-10-20" not in page.partition("<body>")[2]


def test_the_first_of_a_month() -> None:
    assert words.day(date(2026, 1, 1), "fr") == "1er janvier 2026"
    assert words.day(date(2026, 1, 11), "fr") == "11 janvier 2026"
    assert words.day(date(2026, 1, 1), "en") == "1 January 2026"


def test_a_time() -> None:
    assert words.moment("2026-01-01T13:05:09+01:00", "fr") == "1er janvier 2026 à 12:05:09 UTC"
    assert words.moment("2026-01-01T12:05:09+00:00", "en") == "1 January 2026 at 12:05:09 UTC"


def test_the_day_of_the_release(client: FlaskClient) -> None:
    assert "du 1er janvier 2026" in client.get("/fr/").text


@pytest.mark.parametrize(
    ("iri", "french", "english"),
    [
        ("http://www.wikidata.org/entity/Q3068", "Wikidata Q3068", "Wikidata Q3068"),
        ("http://id.insee.fr/geo/departement/44", "Insee 44", "Insee 44"),
        (
            "http://publications.europa.eu/resource/authority/atu/FRA_DPT_044",
            "Union européenne FRA_DPT_044",
            "European Union FRA_DPT_044",
        ),
        (
            "http://publications.europa.eu/resource/authority/country/ZAF",
            "Union européenne ZAF",
            "European Union ZAF",
        ),
        ("https://iatistandard.org/codelists/Sector/11220", "IATI 11220", "IATI 11220"),
        ("http://www.wikidata.org/entity/", "http://www.wikidata.org/entity/", "http://www.wikidata.org/entity/"),
        ("https://exemple.test/ok", "https://exemple.test/ok", "https://exemple.test/ok"),
    ],
)
def test_identifiers_of_others(iri: str, french: str, english: str) -> None:
    for language, expected in (("fr", french), ("en", english)):
        shown = Shown(language, {})
        assert shown.label(iri).text == expected
        assert shown.href(iri) == iri
    assert Shown("fr", {iri: {"fr": "Nom"}}).label(iri).text == "Nom"


@pytest.mark.parametrize(
    ("text", "english", "french"),
    [
        ("0.0004", "0.0004", "0,0004"),
        ("51.5055", "51.5055", "51,5055"),
        ("-1234567.5", "-1,234,567.5", "-1\u202f234\u202f567,5"),
        ("2.5E-7", "0.00000025", "0,00000025"),
        ("INF", "INF", "INF"),
        ("1e40", "1e40", "1e40"),
        ("many", "many", "many"),
    ],
)
def test_a_number_keeps_every_digit(text: str, english: str, french: str) -> None:
    assert words.number(text, "en") == english
    assert words.number(text, "fr") == french
