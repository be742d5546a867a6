"""Terrinclus KG: a graph of who works with whom, where, to which end, and on whose word."""

from importlib.metadata import version

__version__ = version("terrinclus-kg")
