"""The competency questions: their exact answers, with the defaults and with other parameter values."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import DefaultGraph, RdfFormat, Store, serialize

from terrinclus_kg.config import Settings
from terrinclus_kg.questions import all_questions
from terrinclus_kg.rdf.queries import Query, load_queries
from terrinclus_kg.store.queries.guard import screen

Rows = list[list[str]]
Ask = Callable[..., Rows]

SLUGS = [question.slug for question in all_questions()]
BASE = "https://w3id.org/terrinclus/"
GOLDEN = Path(__file__).parents[1] / "golden" / "facts.csv"

# Parameters other than the defaults, some columns of the answer, and its rows in these columns, in order.
OTHERS: list[tuple[str, dict[str, str], str, list[str]]] = [
    (
        "q01-reunion-du-27-mars-2017",
        {"event": "evenement/assises-developpement-2012-2013"},
        "participantLabel roleLabel fact",
        [
            "André Viola|participant|B09",
            "Assemblée des Départements de France|participant|B09",
            "Claudy Lebreton|participant|B09",
        ],
    ),
    (
        "q02-qualite-du-president-de-seance",
        {"event": "evenement/visite-loire-atlantique-souss-2018-10", "person": "personne/philippe-grosvalet"},
        "organization fact",
        [],
    ),
    (
        "q03-debut-de-terrinclus",
        {"project": "projet/atlas-14395"},
        "activity start end fact",
        ["partenariat/aude-sousse|2012||H16", "projet/atlas-14395|2016|2017-12-31|H17"],
    ),
    (
        "q04-objectifs-de-terrinclus",
        {"project": "projet/pilote-loire-atlantique"},
        "aim fact",
        [
            "objectif/evaluer-la-cooperation-loire-atlantique|H02",
            "objectif/coconstruire-la-methode-d-evaluation|H09",
            "objectif/mesurer-l-impact-cote-francais|H09",
        ],
    ),
    (
        "q05-departements-participants",
        {"project": "projet/pilote-loire-atlantique"},
        "code roleLabel fact",
        ["44|porteur|H01"],
    ),
    (
        "q06-territoires-des-pilotes",
        {"project": "projet/recherche-action-adf"},
        "territory country fact",
        [
            "territoire/ma-chtouka-ait-baha|territoire/pays-ma|H01",
            "territoire/ma-agadir-ida-outanane|territoire/pays-ma|H01",
        ],
    ),
    (
        "q07-publics-des-pilotes",
        {"topic": "concept/theme/handicap"},
        "about conceptLabel fact",
        ["acteur/plateforme-sociale-franco-marocaine|handicap|H10"],
    ),
    ("q08-pilote-pour-evaluer", {"topic": "concept/theme/foret"}, "fact", []),
    (
        "q08-pilote-pour-evaluer",
        {"topic": "concept/theme/jeunesse"},
        "fact",
        ["H01", "H02", "H03", "H04", "H05", "H07", "H08", "H09"],
    ),
    (
        "q09-apport-de-l-etude-de-2015",
        {"publication": "publication/guide-terrinclus"},
        "onProject fact",
        ["false|C21", "false|A24", "false|C20", "false|B07", "false|C17"],
    ),
    (
        "q10-soutiens-et-financements",
        {"thing": "partenariat/savoie-bignona"},
        "actor amount currency fact",
        ["acteur/departement-73|258000|EUR|H33", "acteur/financeurs-savoie-bignona-2013-2015|927000|EUR|H33"],
    ),
    (
        "q11-difficultes-et-reponses",
        {"topic": "concept/theme/cooperation-sociale"},
        "kindLabel answers fact",
        [
            "affirmation||D07",
            "constat|defi/financier|D04",
            "constat|defi/juridique|D04",
            "constat|defi/politique|D04",
            "constat||D08",
            "constat||D09",
            "constat||D10",
        ],
    ),
    (
        "q12-affirmations-des-promoteurs",
        {"actor": "acteur/adf"},
        "claim statusLabel fact",
        [
            "constat/cooperation-sociale-impact-en-france|énoncé|D10",
            "constat/departements-chefs-de-file-des-solidarites|énoncé|D06",
            "constat/zones-de-cooperation-des-departements|énoncé|E14",
            "defi/vulnerabilite-exclusions|énoncé|D12",
        ],
    ),
    (
        "q13-documents-a-lire",
        {"project": "projet/pilote-loire-atlantique"},
        "work document publisher",
        ["projet/pilote-loire-atlantique|source/adf-pilote-loire-atlantique|acteur/adf"],
    ),
    (
        "q14-odd-et-cibles",
        {"project": "projet/pilote-loire-atlantique"},
        "code confidence publisher",
        [
            "10.2|0.8|acteur/terrinclus-kg",
            "17.17|0.8|acteur/terrinclus-kg",
            "17.9|0.6|acteur/terrinclus-kg",
            "5.1|0.6|acteur/terrinclus-kg",
        ],
    ),
    (
        "q15-boite-a-outils-du-pnud",
        {"toolbox": "publication/localizing-the-sdgs"},
        "onProject maker fact",
        [
            "false||F16",
            "false||F16",
            "false||F16",
            "false|acteur/global-taskforce|F13",
            "false|acteur/onu-habitat|F13",
            "false|acteur/pnud|F13",
            "false||F14",
            "false||F15",
        ],
    ),
    (
        "q17-devenir-de-la-daect",
        {"actor": "acteur/civ"},
        "body thing fact",
        [
            "acteur/dctciv|evenement/fusion-daect-civ-2023-12-29|F02",
            "acteur/dctciv|dispositif/assises-bilaterales|F03",
            "acteur/dctciv|publication/atlas-cooperation-decentralisee|F03",
            "acteur/dctciv|acteur/cncd-groupes-de-travail|F03",
        ],
    ),
    ("q18-projets-de-l-atlas", {"project": "projet/volontariat-reciproque-aude"}, "authority", []),
    (
        "q19-projets-sur-l-insertion-sociale",
        {"theme": "concept/theme/mobilite-internationale"},
        "number fact",
        ["15015|H14", "15077|H19"],
    ),
    (
        "q20-taille-de-l-atlas",
        {"thing": "acteur/adf", "indicator": "concept/indicateur/departements-adherents"},
        "value fact",
        ["95|E03", "102|E04"],
    ),
    ("q20-taille-de-l-atlas", {"indicator": "concept/indicateur/pays"}, "value fact", ["140|I03", "147|I04"]),
    (
        "q21-operateurs-d-un-partenariat",
        {"partnership": "partenariat/pas-de-calais-kenieba"},
        "actor roleLabel activity fact",
        ["acteur/grdr|opérateur|projet/appui-institutionnel-kenieba|H41"],
    ),
    ("q22-cout-d-un-partenariat", {"partnership": "partenariat/aude-sousse"}, "amount", []),
    (
        "q23-source-de-chaque-fait",
        {"status": "concept/statut/infere"},
        "fact",
        [
            "A23",
            "B09",
            "C05",
            "C19",
            "C23",
            "C24",
            "E08",
            "F18",
            "H18",
            "H19",
            "I06",
            "I10",
            "I11",
            "J02",
            "J16",
            "K12",
            "K15",
        ],
    ),
    (
        "q25-identifiants-externes",
        {"class": "http://xmlns.com/foaf/0.1/Person"},
        "authority entities example",
        ["|11|personne/aime-malecot"],
    ),
]


def expected(slug: str) -> Rows:
    """The golden answer, header first."""
    with (Path(__file__).parent / "expected" / f"{slug}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def short(value: str) -> str:
    """A cell as the tables above write it: `A01`, `acteur/adf`."""
    return value.removeprefix(BASE).removeprefix("id/").removeprefix("fait/")


def by_column(rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_there_are_25_questions_numbered_in_order() -> None:
    assert [slug[:4] for slug in SLUGS] == [f"q{number:02}-" for number in range(1, 26)]
    assert all(re.fullmatch(r"q\d\d(-[a-z0-9]+)+", slug) for slug in SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_answer_is_the_golden_one(slug: str, ask: Ask) -> None:
    rows = ask(slug)
    assert rows[0] == list(load_queries("questions")[slug].columns)
    assert rows == expected(slug)
    assert len(rows) > 1


@pytest.mark.parametrize("slug", SLUGS)
def test_no_row_is_lost_and_no_label_missing_in_english(slug: str, ask: Ask) -> None:
    french, english = by_column(ask(slug)), by_column(ask(slug, lang="en"))
    things = [column for column in french[0] if f"{column}Label" in french[0]]
    assert len(french) == len(english)
    assert not [row for row in english for column in things if bool(row[column]) != bool(row[f"{column}Label"])]


@pytest.mark.parametrize(
    ("slug", "given", "columns", "rows"), OTHERS, ids=[f"{s[:3]}-{'-'.join(g)}" for s, g, *_ in OTHERS]
)
def test_other_parameter_values(slug: str, given: dict[str, str], columns: str, rows: list[str], ask: Ask) -> None:
    answer = by_column(ask(slug, **given))
    assert ["|".join(short(row[column]) for column in columns.split()) for row in answer] == rows


def test_each_parameter_is_tried_with_another_value() -> None:
    tried = {(slug, name) for slug, given, *_ in OTHERS for name in given}
    declared = {(q.slug, name) for q in all_questions() for name, p in q.parameters.items() if p.type != "language"}
    same_for_all = {("q09-apport-de-l-etude-de-2015", "project"), ("q15-boite-a-outils-du-pnud", "project")}
    assert declared - tried == same_for_all


@pytest.mark.parametrize("slug", ["q09-apport-de-l-etude-de-2015", "q15-boite-a-outils-du-pnud"])
def test_what_bears_on_the_project_depends_on_the_project(slug: str, ask: Ask) -> None:
    assert "true" in {row["onProject"] for row in by_column(ask(slug))}
    assert {row["onProject"] for row in by_column(ask(slug, project="projet/madel"))} == {"false"}


def test_the_golden_list_of_facts_agrees_with_the_golden_facts() -> None:
    """q23 is the table of facts itself: each row of ``facts.csv`` is a row of the answer."""
    answer = {short(row["fact"]): row for row in by_column(expected("q23-source-de-chaque-fait"))}
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = list(csv.DictReader(file))
    for fact in golden:
        row = answer[fact["id"]]
        said = row["date"] or row["period"].removeprefix(f"{BASE}id/periode/").replace("_", "/")
        assert (short(row["status"]), said, row["address"], row["locator"]) == (
            f"concept/statut/{fact['status']}",
            fact["date"],
            fact["source"],
            fact["locator"],
        )
    assert {number for number in answer if number[0] != "K"} == {fact["id"] for fact in golden}


def test_every_fact_that_an_answer_names_exists(ask: Ask) -> None:
    known = {row["fact"] for row in by_column(ask("q23-source-de-chaque-fait"))}
    for slug in SLUGS:
        named = {row.get("fact", "") for row in by_column(expected(slug))} - {""}
        assert {fact for fact in named if re.search(r"/[A-K]\d\d$", fact)} <= known


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug[:3] in {"q08", "q19", "q24", "q25"}])
def test_another_engine_answers_the_same(slug: str, ask: Ask, elsewhere: rdflib.Dataset) -> None:
    """The queries are standard SPARQL 1.1: rdflib, which shares no code with the engine, agrees."""
    result = elsewhere.query(load_queries("questions")[slug].text)
    rows = [["" if cell is None else str(cell) for cell in row] for row in result]  # type: ignore[union-attr]
    assert [str(name) for name in result.vars or []] == ask(slug)[0]
    assert sorted(rows) == sorted(ask(slug)[1:])


@pytest.fixture(scope="session")
def elsewhere(store: Store) -> rdflib.Dataset:
    """The named graphs of the release in rdflib, whose default graph is their union."""
    quads = [quad for quad in store if not isinstance(quad.graph_name, DefaultGraph)]
    dataset = rdflib.Dataset(default_union=True)
    data = serialize(quads, format=RdfFormat.N_QUADS)
    assert data is not None
    dataset.parse(data=data, format="nquads")
    return dataset


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["q03-debut-de-terrinclus"], "q03-debut-de-terrinclus"),
        (["q22-cout-d-un-partenariat", "--format", "csv"], "q22-cout-d-un-partenariat"),
    ],
)
def test_the_command_line_answers_the_same(arguments: list[str], slug: str, home: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "terrinclus_kg", "question", *arguments],
        env=os.environ | {"TERRINCLUS_HOME": str(home)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr.decode()
    assert list(csv.reader(io.StringIO(answer.stdout.decode("utf-8")))) == expected(slug)


@pytest.mark.parametrize("question", all_questions(), ids=SLUGS)
def test_the_public_limits_let_a_question_pass(question: Query) -> None:
    assert screen(question.text, Settings()).form == "SELECT"
