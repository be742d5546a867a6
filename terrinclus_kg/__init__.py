"""Terrinclus KG: linked data and SPARQL, every statement with its source."""

from importlib.metadata import version

__version__ = version("terrinclus-kg")
