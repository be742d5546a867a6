"""Settings: one frozen object, from defaults, a TOML file and the environment, validated once.

The environment wins over the file. The file is ``terrinclus.toml`` in the working folder, or the
one that ``TERRINCLUS_CONFIG`` names. Each setting is the environment variable ``TERRINCLUS_`` plus
its name in capitals. Sizes are in bytes, times in seconds. `docs/settings.md` describes each one.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from terrinclus_kg import resources
from terrinclus_kg.errors import ConfigurationError

KIB, MIB, GIB = 1024, 1024**2, 1024**3
_PAGE_THREADS = 26
_ENDPOINT = re.compile(r"https?://([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[!-~]*)?")
_ORIGIN = re.compile(r"https?://([A-Za-z0-9._\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_MAILBOX = re.compile(r"[A-Za-z0-9._+\-]+@[A-Za-z0-9.\-]+")
_ADDRESS = re.compile(_ORIGIN.pattern + r"(/[!-\"$-;=?-\[\]_a-z~%]*)?")


def _default_home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "terrinclus-kg"


class Settings(BaseSettings):
    """All that an operator can set. Immutable; there is no global instance."""

    model_config = SettingsConfigDict(env_prefix="TERRINCLUS_", frozen=True, extra="forbid")

    home: Path = Field(default_factory=_default_home, description="State folder: releases and the writer's work.")
    public_url: str = Field("", description="Address the service is reached at, http(s)://host; empty: relative links.")
    host: str = Field("127.0.0.1", description="IP address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")

    operator: str = Field("", description="Who publishes the site: named in the legal notice.")
    operator_address: str = Field("", description="Postal address of the operator, for the legal notice.")
    hosting: str = Field("", description="Name and address of the hosting company, for the legal notice.")
    contact: str = Field("", description="E-mail address, or http(s) address of a form, where errors are reported.")

    public_workers: int = Field(2, ge=1, description="Worker processes of the public lane.")
    trusted_workers: int = Field(2, ge=1, description="Worker processes of the trusted lane (our own pages).")
    slow_workers: int = Field(4, ge=1, description="Demoted queries that may run at a time.")
    public_deadline: float = Field(30.0, gt=0, description="Longest run of a public query.")
    trusted_deadline: float = Field(5.0, gt=0, description="Longest run of a query of our own pages.")
    token_deadline: float = Field(600.0, gt=0, description="Longest run of a query of one who has shown a token.")
    demote_after: float = Field(0.1, gt=0, description="A query that runs longer is demoted.")
    queue_length: int = Field(32, ge=0, description="Public queries that may wait.")
    queue_wait: float = Field(5.0, gt=0, description="Longest wait in the queue.")
    client_queries: int = Field(2, ge=1, description="Public queries of one client that may run at a time.")
    client_seconds: float = Field(120.0, gt=0, description="Seconds of processing that a client may have in a row.")
    client_seconds_refill: float = Field(1.0, gt=0, description="Seconds of processing a client regains each second.")
    client_errors: float = Field(60.0, ge=1, description="Errors that a client may cause in a row.")
    client_errors_refill: float = Field(0.5, gt=0, description="Errors a client regains each second.")
    proxies: int = Field(0, ge=0, description="Proxies in front, each adding the address it saw to X-Forwarded-For.")
    worker_memory: int = Field(1 * GIB, ge=64 * MIB, description="Memory of one worker, beyond what it needs to start.")
    worker_queries: int = Field(5000, ge=1, description="A worker is replaced after so many queries.")
    answer_size: int = Field(256 * MIB, ge=1, description="Largest answer to a public query.")
    query_size: int = Field(64 * KIB, ge=1, description="Longest query text.")
    query_size_get: int = Field(8 * KIB, ge=1, description="Longest query text in a URL.")
    query_depth: int = Field(64, ge=1, description="Deepest nesting in a query.")
    query_operators: int = Field(2000, ge=1, description="Most operators in a query.")
    open_releases: int = Field(2, ge=1, description="Former releases held open at a time for queries that name them.")
    page_rows: int = Field(10_000, ge=1, description="Most rows of an answer that a page reads, to sort and draw them.")
    page_size: int = Field(8 * MIB, ge=1, description="Most bytes of an answer that a page reads.")
    cache_size: int = Field(128 * MIB, ge=0, description="All answers that are kept for repeated requests; 0: none.")
    cache_entry: int = Field(1 * MIB, ge=1, description="Largest answer that is kept for repeated requests.")

    service_endpoints: tuple[str, ...] = Field((), description="Endpoints that SERVICE may call, by exact address.")
    service_clauses: int = Field(8, ge=1, description="Most SERVICE clauses in a query: each one is a request.")
    service_queries: int = Field(2, ge=1, description="Queries that may call endpoints at a time.")
    service_deadline: float = Field(20.0, gt=0, description="Longest wait for all SERVICE calls of a query.")
    service_size: int = Field(
        16 * MIB, ge=1, le=20 * MIB, description="Largest answers of endpoints to the SERVICE clauses of a query."
    )

    token: SecretStr = Field(SecretStr(""), description="Token of one who may write, after a name and a space if any.")
    token_file: Path | None = Field(None, description="File with such tokens, one a line; mode 0600.")
    write_size: int = Field(16 * MIB, ge=1, description="Largest body of a write.")
    write_statements: int = Field(1_000_000, ge=1, description="Most statements that one write may change.")
    write_deadline: float = Field(120.0, gt=0, description="Longest run of the update of a write.")
    write_wait: float = Field(60.0, ge=0, description="Longest wait of a write until others are done.")

    store: Literal["embedded", "remote"] = Field("embedded", description="Whose engine answers: ours, or a remote one.")
    remote_engine: Literal["sparql", "oxigraph", "virtuoso", "qlever", "graphdb", "neptune", "stardog"] = Field(
        "sparql", description="Kind of the remote engine; sparql: nothing but the standard."
    )
    remote_query: str = Field("", description="Address of the remote engine for queries.")
    remote_update: str = Field("", description="Address of the remote engine for updates.")
    remote_graph_store: str = Field("", description="Address of the remote engine for the Graph Store Protocol.")
    remote_user: str = Field("", description="User name for the remote engine (basic authentication).")
    remote_password: SecretStr = Field(SecretStr(""), description="Password for the remote engine.")
    remote_token: SecretStr = Field(SecretStr(""), description="Token for the remote engine (bearer authentication).")
    remote_connections: int = Field(16, ge=2, description="Connections to the remote engine that may be open.")

    load_memory: int = Field(4 * GIB, ge=64 * MIB, description="Memory of the process that parses foreign RDF.")
    load_deadline: float = Field(3600.0, gt=0, description="Longest run of the process that parses foreign RDF.")
    load_inflated: int = Field(64 * GIB, ge=1, description="Largest size of a compressed file after inflation.")
    keep_releases: int = Field(5, ge=2, description="Releases that prune keeps.")

    fault: str = Field("", description="For tests: the step at which the writer kills itself.")

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and not _ORIGIN.fullmatch(value):
            raise ValueError("write http(s)://host or http(s)://host:port, without path, query or fragment")
        return value

    @field_validator("contact")
    @classmethod
    def _contact_is_an_address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value) and not _MAILBOX.fullmatch(value):
            raise ValueError("write name@host, or http(s)://host/path")
        return value

    @field_validator("service_endpoints")
    @classmethod
    def _endpoints_are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [each for each in value if not _ENDPOINT.fullmatch(each) or "#" in each or urlsplit(each).port == 0]
        if wrong:
            raise ValueError(f"write http(s)://host/path, in ASCII, without user, password or fragment: {wrong[0]!r}")
        return value

    @field_validator("remote_query", "remote_update", "remote_graph_store")
    @classmethod
    def _remote_is_an_address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError("write http(s)://host/path, without user and fragment")
        return value

    @model_validator(mode="after")
    def _remote_makes_sense(self) -> Self:
        if self.store == "remote" and not self.remote_query:
            raise ValueError("store = remote needs the address of the remote engine (remote_query)")
        if self.remote_token.get_secret_value() and self.remote_user:
            raise ValueError("remote_user and remote_token: the remote engine takes one of them")
        if bool(self.remote_user) != bool(self.remote_password.get_secret_value()):
            raise ValueError("remote_user and remote_password are given together")
        return self

    @property
    def threads(self) -> int:
        """Threads that answer requests: one for each public query that may run, lag or wait, and some for pages."""
        calling = 3 * self.service_queries if self.service_endpoints else 0  # twice as many wait for their turn
        return self.public_workers + self.slow_workers + self.queue_length + calling + _PAGE_THREADS

    @cached_property
    def releases(self) -> Path:
        """Folder of the releases."""
        return self.home / "releases"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the signature is pydantic's)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get("TERRINCLUS_CONFIG", "terrinclus.toml"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def load_settings(**overrides: object) -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: names each setting that is wrong, and why.
    """
    named = os.environ.get("TERRINCLUS_CONFIG")
    if named and (not Path(named).exists() or Path(named).is_dir()):
        raise ConfigurationError(f"settings file: there is no file {named} (TERRINCLUS_CONFIG)")
    known = {"TERRINCLUS_CONFIG", resources.VARIABLE, *(f"TERRINCLUS_{name.upper()}" for name in Settings.model_fields)}
    ours = sorted(name for name in os.environ if name.upper().startswith("TERRINCLUS_"))
    # Kubernetes sets TERRINCLUS_KG_SERVICE_HOST and the like for a service of our name.
    if unknown := [n for n in ours if n.upper() not in known and not n.upper().startswith("TERRINCLUS_KG_")]:
        raise ConfigurationError(f"settings: the environment sets what is no setting: {', '.join(unknown)}")
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]  # validated
    except ValidationError as error:
        faults = "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in error.errors())
        raise ConfigurationError(f"settings: {faults}") from None
    except ValueError as error:
        raise ConfigurationError(f"settings file: {error}") from None


def override(settings: Settings, **changes: object) -> Settings:
    """The settings with some changed (None changes nothing), for this process and those that it starts."""
    given = {name: value for name, value in changes.items() if value is not None}
    os.environ.update({f"TERRINCLUS_{name.upper()}": str(value) for name, value in given.items()})
    return load_settings(**settings.model_dump() | given)


def bare_environment() -> dict[str, str]:
    """The environment without settings: for processes that read what strangers wrote, and need no secrets. They
    must know which dataset it is."""
    told = (resources.VARIABLE,)
    return {n: value for n, value in os.environ.items() if n in told or not n.upper().startswith("TERRINCLUS_")}
