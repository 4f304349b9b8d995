"""The settings of Wattgraph: one frozen object, read from the environment (`WATTGRAPH_…`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError, PydanticUndefined
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from graph.errors import BadSettings

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds the packages: the checkout, or `site-packages` of an installation."""
PREFIX = "WATTGRAPH_"
OTHER_VARIABLES = ("CACHE",)
"""Variables of the environment with this prefix that are read elsewhere; those of the tests begin with TEST_."""


def facts_folder() -> Path:
    """The facts that come with Wattgraph: those inside an installed package, else `seeds` of the checkout."""
    packaged = PROJECT / "graph" / "seeding" / "facts"
    return packaged if packaged.is_dir() else PROJECT / "seeds"


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several texts, separated by commas in the environment."""


class LogFormat(StrEnum):
    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class MetricsAccess(StrEnum):
    AS_READING = "as_reading"
    TOKEN = "token"  # noqa: S105 (a word, no secret)
    OFF = "off"


class Settings(BaseSettings):
    """Each field is the environment variable `WATTGRAPH_<FIELD>`; its description is what the documentation prints."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_empty(cls, value: object, info: ValidationInfo) -> object:
        """An empty text is no value: it would be this folder, or every address. Lists may be empty."""
        if value == "" and cls.model_fields[info.field_name or ""].default != ():
            raise PydanticCustomError("empty", "it is empty; set it, or leave it out")
        return value

    host: Annotated[str, Field(description="Address the service listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the service listens on.")] = 8000
    allowed_hosts: Annotated[
        Names,
        Field(
            description="Names by which the service may be asked for, separated by commas (*.example.org: all below it"
            "). Empty: on a loopback address localhost and loopback addresses, else any."
        ),
    ] = ()
    public_address: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^\s?#]*[^\s?#/]$",
            description="Where readers reach the service, e.g. https://graph.example.org: figures in files are links to"
            " it. Without it the service takes the address by which it is asked, and a command writes none.",
        ),
    ] = None
    allowed_origins: Annotated[
        Names,
        Field(
            description="Origins of web pages that may use the API from a browser, e.g. https://charts.example.org,"
            " separated by commas. Pages of the service itself always may."
        ),
    ] = ()
    trusted_proxies: Annotated[
        Names,
        Field(
            description="Addresses or networks of the reverse proxies in front, separated by commas: their"
            " X-Forwarded-For and X-Forwarded-Proto give the caller's address and scheme. Empty: none."
        ),
    ] = ()
    introspection: Annotated[
        bool, Field(description="Whether the schema may be asked for, and error messages suggest names of fields.")
    ] = True
    deadline: Annotated[float, Field(gt=0, le=3600, description="Seconds that answering one request may take.")] = 30.0
    body_deadline: Annotated[
        float, Field(gt=0, le=600, description="Seconds within which the body of a request has to arrive.")
    ] = 10.0
    budget_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=86_400,
            description="Seconds of processor time that a client may spend at once; 0: as many as it likes.",
        ),
    ] = 60.0
    budget_per_minute: Annotated[
        float, Field(gt=0, le=6_000, description="Seconds of processor time that a client earns back each minute.")
    ] = 15.0
    requests_at_once: Annotated[
        int,
        Field(
            ge=1, le=10_000, description="Requests that are worked on at the same time; next comes who has spent least."
        ),
    ] = 8
    requests_per_client: Annotated[
        int, Field(ge=1, le=10_000, description="Requests of one client that are worked on at the same time.")
    ] = 4
    connections_per_client: Annotated[
        int,
        Field(ge=1, le=1_000, description="Connections of one address at the same time; a new one ends an idle one."),
    ] = 100
    connection_seconds: Annotated[
        float,
        Field(
            gt=0,
            le=600,
            description="Seconds within which the head of a request has to arrive, and an answer to be read further.",
        ),
    ] = 10.0
    workers: Annotated[
        int,
        Field(
            ge=0,
            le=64,
            description="Processes beside the service that make pages, reports and exports; 0: it makes them itself.",
        ),
    ] = 1
    answer_cache: Annotated[
        int, Field(ge=0, le=2**40, description="Bytes of answers that are kept for equal requests; 0: none.")
    ] = 32_000_000
    trusted_documents: Annotated[
        Path | None,
        Field(description="Folder of GraphQL documents (*.graphql) that may be asked for by documentId."),
    ] = None
    trusted_only: Annotated[
        bool, Field(description="Whether only trusted documents are answered; else others are, and are logged.")
    ] = False
    data: Annotated[Path, Field(description="Folder of the SQLite file of the embedded store.")] = Path("data")
    seeds: Annotated[Path, Field(description="Folder of the facts.", default_factory=facts_folder)]
    facts_file_bytes: Annotated[int, Field(ge=1, description="Bytes that one file of the facts may have.")] = 5_000_000
    overlay: Annotated[
        Path | None,
        Field(description="Folder of private facts, shown to those alone who may read them (docs/overlay.md)."),
    ] = None
    source_checks: Annotated[
        Path,
        Field(description="File in which `wattgraph source check` keeps what became of addresses; coverage shows it."),
    ] = Path("data/source-checks.jsonl")
    watch: Annotated[Path, Field(description="Folder of the watch lists (docs/watch.md).")] = (
        PROJECT / "graph" / "publication" / "lists"
    )
    graphiql: Annotated[bool, Field(description="Whether GraphiQL is served, at `/graphiql`.")] = True
    public_reading: Annotated[bool, Field(description="Whether reading needs no token. Writing always needs one.")] = (
        True
    )
    metrics: Annotated[
        MetricsAccess,
        Field(
            description="Who may read `/metrics`: `as_reading` whoever may read facts, `token` the bearer of any token,"
            " `off` nobody."
        ),
    ] = MetricsAccess.AS_READING
    log_level: Annotated[
        LogLevel,
        Field(description="The least that is logged: `debug`, `info` (each request), `warning`, `error`."),
    ] = LogLevel.INFO
    log_format: Annotated[
        LogFormat,
        Field(description="`json`, `text` for people, or `auto`: text on a terminal, else JSON."),
    ] = LogFormat.AUTO
    traces: Annotated[
        bool,
        Field(
            description="Whether each request is traced by OpenTelemetry, which the variables `OTEL_…` set up; needs"
            " the extra `otel`."
        ),
    ] = False
    neo4j_uri: Annotated[
        str | None,
        Field(
            pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://[^/\s]+$",
            description="Address of a Neo4j server, e.g. bolt://127.0.0.1:7687; switches to Neo4j.",
        ),
    ] = None
    neo4j_user: Annotated[str, Field(description="User name at Neo4j.")] = "neo4j"
    neo4j_password: Annotated[
        SecretStr | None, Field(description="Password at Neo4j; without one, no authentication.")
    ] = None
    neo4j_database: Annotated[str, Field(description="Name of the database in Neo4j.")] = "neo4j"
    neo4j_timeout: Annotated[float, Field(gt=0, le=600, description="Seconds that one read from Neo4j may take.")] = 5.0
    neo4j_write_timeout: Annotated[
        float, Field(gt=0, le=3600, description="Seconds that one write to Neo4j may take.")
    ] = 300.0
    neo4j_spare_statements: Annotated[
        int,
        Field(
            ge=0,
            le=10**8,
            description="Statements up to which a service keeps what it last saw in Neo4j: reads go on from it, marked"
            " stale, while Neo4j does not answer. 0: they are refused then.",
        ),
    ] = 50_000
    neo4j_revision_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=60,
            description="Seconds for which kept answers may not have what another process wrote to Neo4j; 0: Neo4j is"
            " asked at every request whether there is anything new.",
        ),
    ] = 0.25
    limit_body_bytes: Annotated[int, Field(ge=1, description="Bytes that the body of a request may have.")] = 1_000_000
    limit_query_bytes: Annotated[int, Field(ge=1, description="Bytes that the text of a query may have.")] = 20_000
    limit_tokens: Annotated[int, Field(ge=1, description="Tokens that a query may have.")] = 2_000
    limit_depth: Annotated[
        int, Field(ge=1, description="Fields that a query may nest; introspection has a limit of its own.")
    ] = 15
    limit_aliases: Annotated[
        int, Field(ge=0, description="Fields that a query may ask for under another name, or again.")
    ] = 30
    limit_directives: Annotated[int, Field(ge=0, description="Directives that a query may have.")] = 50
    limit_cost: Annotated[int, Field(ge=1, description="Rows that one answer may hold.")] = 200_000
    limit_errors: Annotated[int, Field(ge=1, description="Errors that one answer tells.")] = 10
    limit_lenses: Annotated[
        int, Field(ge=1, le=100, description="Lenses that one query may use, and that a store keeps projected.")
    ] = 8
    live_poll_seconds: Annotated[
        float, Field(gt=0, le=60, description="Seconds between two looks for changes, while somebody is subscribed.")
    ] = 0.5
    live_subscriptions: Annotated[
        int, Field(ge=1, le=1000, description="Operations that may be under way on one WebSocket.")
    ] = 10
    live_connections_per_client: Annotated[
        int, Field(ge=1, description="WebSockets and event streams that may be open from one client address.")
    ] = 20
    live_connections: Annotated[
        int, Field(ge=1, description="WebSockets and event streams that may be open in all.")
    ] = 500
    live_message_bytes: Annotated[
        int, Field(ge=1000, le=2**24, description="Bytes that one message over a WebSocket may have.")
    ] = 100_000
    live_init_seconds: Annotated[
        float, Field(gt=0, le=600, description="Seconds within which a WebSocket has to send connection_init.")
    ] = 10.0
    live_keep_alive_seconds: Annotated[
        float, Field(gt=0, le=600, description="Seconds between two comments that keep an event stream alive.")
    ] = 15.0


def read_settings(**options: object) -> Settings:
    """The settings of the environment; an option that is not None goes before it. Raises BadSettings, which tells every
    wrong setting with its remedy."""
    problems = list(_unknown_names())
    try:
        settings = Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems += map(_problem, error.errors())
    if not problems:
        return settings
    if len(problems) == 1:
        raise BadSettings(problems[0].what, remedy=problems[0].remedy)
    each = [f"{problem.what} {problem.remedy}" for problem in problems]
    raise BadSettings(f"{len(each)} settings cannot be used.", remedy="\n  ".join(["Mend each:", *each]))


class _SettingProblem(NamedTuple):
    what: str
    remedy: str


def _problem(error: ErrorDetails) -> _SettingProblem:
    """What pydantic found, and what the setting is."""
    field = Settings.model_fields[str(error["loc"][0])]
    name = PREFIX + str(error["loc"][0]).upper()
    return _SettingProblem(f"{name} cannot be used: {error['msg']}.", f"It is: {field.description}{_default(field)}")


def _default(field: FieldInfo) -> str:
    return "" if field.default in (None, (), PydanticUndefined) else f" Default: {field.default}."


def _unknown_names() -> Iterator[_SettingProblem]:
    """Variables of the environment that look like a setting and are none."""
    known = {*map(str.upper, Settings.model_fields), *OTHER_VARIABLES}
    for variable in sorted(os.environ):
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper() != name and name not in known and not name.startswith("TEST_"):
            similar = get_close_matches(name, sorted(known), 1)
            remedy = f"Did you mean {PREFIX}{similar[0]}?" if similar else "See docs/settings.md for those that are."
            yield _SettingProblem(f"{variable} is no setting.", remedy)
