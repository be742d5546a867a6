"""What publishers configure, read strictly: whatever is wrong is told by file and key, or line, in plain words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pyoxigraph import Quad, RdfFormat, parse

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such key",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "too_short": "must not be empty",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
M = TypeVar("M", bound=BaseModel)


class Part(BaseModel):
    """A table of a file, of which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def table(model: type[M], file: str) -> M:
    """A TOML file of the dataset; what a model makes of nothing, if there is none.

    Raises:
        ConfigurationError: see `checked`.
    """
    return checked(model, file, resources.optional(file) or "")


def checked(model: type[M], file: str, text: str) -> M:
    """What a text in TOML says. ``file`` is told in messages.

    Raises:
        ConfigurationError: names each key that is wrong, and why.
    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {faults(error)}") from None


def turtle(path: Path, file: str) -> Iterator[Quad]:
    """What a Turtle file says. ``file`` is told in messages.

    Raises:
        ConfigurationError: names the line at which it is no Turtle, and why.
    """
    try:
        yield from parse(path=path, format=RdfFormat.TURTLE)
    except SyntaxError as error:
        raise ConfigurationError(f"{file}:{error.lineno or 1}: {error.msg or error}") from None


def faults(error: ValidationError) -> str:
    """Each key that is wrong, and why; of a list and what is in it, what is in it."""
    found = error.errors()
    inner = [one for one in found if not any(_within(other["loc"], one["loc"]) for other in found)]
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {_words(one)}".removeprefix(": ") for one in inner)


def _within(place: tuple[int | str, ...], whole: tuple[int | str, ...]) -> bool:
    return len(place) > len(whole) and place[: len(whole)] == whole


def matching(pattern: str, form: str) -> AfterValidator:
    """A constraint on a text: its form, as a regular expression and in words."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {form}")
        return text

    return AfterValidator(check)


def _words(fault: Any) -> str:
    if fault["type"] == "literal_error":
        return f"{fault['input']!r} is none of {fault['ctx']['expected'].replace(' or ', ', ')}"
    return _WORDS.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")
