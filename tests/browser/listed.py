"""One page of every kind that the site has: what each is checked for is in `checks`, and holds for all."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

READING = 3  # kB of compressed scripts that a page for reading may load
WORKBENCH = 130
EXPLORER = 20

_SELECT = quote("SELECT ?s ?label WHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?label } LIMIT 25")


class Listed(NamedTuple):
    """A page: its path, with {} for the language, its status, and the kB of compressed scripts that it may load."""

    path: str
    status: int = 200
    scripts: int = READING

    def in_language(self, language: str) -> str:
        """Its path in a language."""
        return self.path.format(language)


PAGES = [
    Listed("/{}/"),
    Listed("/{}/a-propos"),
    Listed("/{}/accessibilite"),
    Listed("/{}/mentions-legales"),
    Listed("/{}/api"),
    Listed("/{}/api/operations"),
    Listed("/{}/donnees"),
    Listed("/catalog?lang={}"),
    # To find one's way
    Listed("/{}/carte", scripts=EXPLORER),
    Listed("/{}/reseau", scripts=EXPLORER),
    Listed("/{}/reseau?centre=projet/terrinclus", scripts=EXPLORER),
    Listed("/{}/chronologie"),
    Listed("/{}/chemin"),
    Listed("/{}/chemin?de=acteur/adf&a=acteur/departement-44"),
    Listed("/{}/recherche?q=marco&pays=pays-ma"),
    Listed("/{}/recherche?q=zzzz"),
    Listed("/{}/desaccords"),
    Listed("/{}/questions"),
    Listed("/{}/questions/q05-departements-participants"),
    Listed("/{}/odd"),
    # Lists
    Listed("/{}/projet"),
    Listed("/{}/acteur"),
    Listed("/{}/territoire"),
    Listed("/{}/source"),
    Listed("/{}/projet/terrinclus?links=dct:references"),
    # One thing of each kind
    Listed("/{}/projet/terrinclus"),
    Listed("/{}/acteur/adf"),
    Listed("/{}/personne/andre-viola"),
    Listed("/{}/territoire/departement-44"),
    Listed("/{}/territoire/pays-ma"),
    Listed("/{}/evenement/restitution-2017-03-27"),
    Listed("/{}/publication/agir-en-cooperation-2015"),
    Listed("/{}/constat/departements-chefs-de-file-des-solidarites"),
    Listed("/{}/odd/10"),
    Listed("/{}/odd/10.2"),
    Listed("/{}/source/villes-de-france-ondes-urbaines-460"),
    Listed("/{}/fait/A01"),
    Listed("/{}/concept/role/porteur"),
    Listed("/{}/nothing/here", 404),
    # Of the service
    Listed("/ns?lang={}"),
    Listed("/sparql?lang={}", scripts=WORKBENCH),
    Listed(f"/sparql?lang={{}}&query={_SELECT}", scripts=WORKBENCH),
    Listed("/sparql?lang={}&query=nonsense", 400, WORKBENCH),
    Listed("/limits?lang={}"),
    Listed("/releases?lang={}"),
    Listed("/changes?lang={}"),
    Listed("/fragments?lang={}"),
]
LANGUAGES = ("fr", "en")
ALL = [(page, language) for page in PAGES for language in LANGUAGES]
ONCE = [(page, LANGUAGES[number % 2]) for number, page in enumerate(PAGES)]  # each page, in one language or the other


def name(page: Listed, language: str) -> str:
    """What a test of a page is called."""
    return page.in_language(language).partition("&query=")[0]
