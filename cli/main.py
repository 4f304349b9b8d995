"""The command line: `wattgraph check | load | serve | query | diff | report | export | token | audit | neo4j`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import analytics as analytics_commands
from cli.scenario import scenario
from cli.terminal import Data, Day, Seeds, Uri, day_of, err, out, print_changes, progress, with_store, write_whole
from graph.audit.journal import columns_of
from graph.audit.tokens import TokenScope, new_token, utc_now
from graph.errors import BadInput, BadSettings, ExportRefused, SeedErrors, StoreDamaged, WattgraphError
from graph.evidence.lens import Lens, today
from graph.reports import changes
from graph.reports.centrality import FORMATS, centrality_report
from graph.seeding.history import deleted_since, seeds_at
from graph.seeding.reader import read_seeds
from graph.seeding.scenario_files import read_scenarios
from graph.seeding.writer import export_statements
from graph.settings import Settings, read_settings
from graph.stores.base import Store, WriteOutcome
from graph.stores.neo4j import server as neo4j_server
from graph.stores.open import open_store

EXIT_CODES = """
Exit codes: 0 done; 1 what was given is wrong (facts, a query, a lens); 2 wrong use of the command line or a setting;
3 the store or a server does not answer; 130 interrupted.

Settings come from the environment (WATTGRAPH_DATA, WATTGRAPH_NEO4J_URI, ...); options go before them.
"""
_PROBLEM, _USAGE, _UNANSWERED, _INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A knowledge graph of who hosts whose AI, on how many megawatts, with whose chips, and who says so.",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
neo4j_app = typer.Typer(no_args_is_help=True, help="Run a local Neo4j without Docker (needs Java and Maven).")
report_app = typer.Typer(no_args_is_help=True, help="Write a report.")
app.add_typer(neo4j_app, name="neo4j")
export_app = typer.Typer(no_args_is_help=True, help="Write what the store holds in another form.")
app.add_typer(report_app, name="report")
app.add_typer(export_app, name="export")
token_app = typer.Typer(no_args_is_help=True, help="Tokens that let a client write.")
audit_app = typer.Typer(no_args_is_help=True, help="The journal: who did what to the store.")
app.add_typer(token_app, name="token")
app.add_typer(audit_app, name="audit")
app.add_typer(analytics_commands.app, name="analytics")
app.command()(scenario)

Home = Annotated[Path, typer.Option(help="Folder of the local server: its data, logs and configuration.")]


def main() -> None:
    """Run the command line; every error becomes one message with its remedy, and an exit code."""
    try:
        app()
    except SeedErrors as error:
        _print_problems(error)
        sys.exit(_PROBLEM)
    except WattgraphError as error:
        err.print(f"wattgraph: {error.message} {error.remedy}", markup=False, soft_wrap=True)
        sys.exit(_exit_code(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _exit_code(error: WattgraphError) -> int:
    if isinstance(error, BadSettings):
        return _USAGE
    return _PROBLEM if isinstance(error, BadInput | ExportRefused) else _UNANSWERED


def _print_problems(error: SeedErrors) -> None:
    for problem in error.problems:
        out.print(str(problem), markup=False, soft_wrap=True)
    err.print(f"wattgraph: {error.message}", markup=False)


@app.command()
def check(
    seeds: Seeds = None,
    against: Annotated[
        str | None,
        typer.Option(help="Revision of git: also warn of claims that were deleted since.", show_default=False),
    ] = None,
) -> None:
    """Check the facts and the scenarios: every problem as `file:line: what, where, remedy`. Writes nothing."""
    folder = read_settings(seeds=seeds).seeds
    log, scenarios = read_seeds(folder), read_scenarios(folder)
    scenarios.check(log, today())
    for gone in deleted_since(seeds_at(folder, against), log) if against else ():
        out.print(
            f"warning: {gone.subject}: {gone.property} {gone.text} ({gone.source}) was deleted since {against}; "
            "put the claim back and mark it withdrawn",
            markup=False,
            soft_wrap=True,
        )
    out.print(
        f"{len(log.by_subject)} records, {len(log.statements)} statements, {len(log.sources)} sources, "
        f"{len(scenarios.known)} scenarios: no problem"
    )


@app.command()
def load(seeds: Seeds = None, data: Data = None, neo4j_uri: Uri = None) -> None:
    """Load the facts into the store: what is new is added, what is gone is removed, all or nothing."""
    settings = read_settings(seeds=seeds, data=data, neo4j_uri=neo4j_uri)
    change = asyncio.run(_load(settings))
    _print_change(change)


async def _load(settings: Settings) -> WriteOutcome:
    log = read_seeds(settings.seeds)
    store = await open_store(settings)
    try:
        with progress() as told:
            return await store.load(log, reason=f"load of {settings.seeds.name}", progress=told)
    finally:
        await store.close()


def _print_change(change: WriteOutcome) -> None:
    version = change.version
    if change.anything:
        table = Table("", "added", "changed", "removed", box=None)
        for label in dict.fromkeys([*change.added, *change.changed, *change.removed]):
            counts = (part.get(label, 0) for part in (change.added, change.changed, change.removed))
            table.add_row(label, *(f"{count:,}" for count in counts))
        out.print(table)
    else:
        out.print("Nothing changed.")
    out.print(f"Data version {version.id}: {version.statements:,} statements.")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="[WATTGRAPH_HOST; default: 127.0.0.1]", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="[WATTGRAPH_PORT; default: 8000]", show_default=False)] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
    seeds: Seeds = None,
) -> None:
    """Serve the GraphQL API and the reports; an empty store is loaded with the facts first."""
    from api import server  # the API takes a second to import, and other commands need none
    from api.app import create_app

    settings = read_settings(host=host, port=port, data=data, neo4j_uri=neo4j_uri, seeds=seeds)
    with server.listening(settings) as line:
        address = f"http://{settings.host}:{line.getsockname()[1]}"
        out.print(f"Wattgraph at {address}/ (GraphQL at /graphql). Stop with Ctrl+C.")
        server.run(create_app(settings), line)


@app.command()
def query(
    document: Annotated[str, typer.Argument(help="A GraphQL document, @FILE, or - for standard input.")],
    variables: Annotated[str, typer.Option(help="Variables as a JSON object, or @FILE.")] = "{}",
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Run a GraphQL query on the store, without a server; prints the answer as JSON, exits 1 if it has errors."""
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    answer, failed = asyncio.run(_query(settings, _text(document), _text(variables)))
    out.print(answer, markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(_PROBLEM)


async def _query(settings: Settings, document: str, variables: str) -> tuple[str, bool]:
    from api.execution.execute import run_document

    store = await open_store(settings)
    try:
        return await run_document(store, document, variables)
    finally:
        await store.close()


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if given.startswith("@"):
        return _read(Path(given[1:]))
    return given


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error}).", remedy="Name a text file in UTF-8.") from None


DiffFormat = StrEnum("DiffFormat", {name: name for name in ("table", *changes.FORMATS)})  # type: ignore[misc]  # as Format
_USUAL_DIFF = DiffFormat("table")
_WORLD = typer.Option(help="Another day in the world for this side, YYYY-MM-DD.", show_default=False)
_KNOWN = typer.Option(help="Another state of knowledge for this side, YYYY-MM-DD.", show_default=False)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="YYYY-MM-DD: the world on that day, as it was known on that day.")],
    after: Annotated[
        str | None, typer.Argument(help="YYYY-MM-DD, to compare with; default: today (UTC).", show_default=False)
    ] = None,
    before_valid: Annotated[str | None, _WORLD] = None,
    before_known: Annotated[str | None, _KNOWN] = None,
    after_valid: Annotated[str | None, _WORLD] = None,
    after_known: Annotated[str | None, _KNOWN] = None,
    format: Annotated[DiffFormat, typer.Option(help="How to write it.")] = _USUAL_DIFF,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """What changed between two dates: what was added, removed, changed, and whether the world changed or we learnt
    more.

    A date moves both the day in the world and the state of knowledge; --before-known and the like move one of them
    alone.

    Example: wattgraph diff 2026-03-01 2026-09-01 --before-known 2026-09-01 shows what changed in the world, and
    nothing that was only learnt."""
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    first, second = day_of("BEFORE", before), day_of("AFTER", after)
    old = Lens(day_of("--before-valid", before_valid) or first, day_of("--before-known", before_known) or first)
    new = Lens(day_of("--after-valid", after_valid) or second, day_of("--after-known", after_known) or second)
    found = asyncio.run(_diff(settings, old, new))
    if format is _USUAL_DIFF:
        print_changes(found)
    else:
        sys.stdout.write(changes.FORMATS[format](found))


async def _diff(settings: Settings, before: Lens, after: Lens) -> changes.Changes:
    store = await open_store(settings)
    try:
        return await changes.changes_between(store, before, after)
    finally:
        await store.close()


Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]  # its members are the table's keys
_USUAL_FORMAT = Format("md")


@report_app.command()
def centrality(
    format: Annotated[Format, typer.Option(help="How to write it.")] = _USUAL_FORMAT,
    output: Annotated[
        Path | None, typer.Option(help="File to write; default: standard output.", show_default=False)
    ] = None,
    valid_on: Day = None,
    known_on: Day = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Who is central: degree, strength in MW and USD, betweenness, PageRank, each row with its links and sources."""
    settings = read_settings(data=data, neo4j_uri=neo4j_uri)
    lens = Lens(valid_on=day_of("--valid-on", valid_on), known_on=day_of("--known-on", known_on))
    text = asyncio.run(_centrality(settings, lens, format))
    if output is None:
        sys.stdout.write(text)
    else:
        write_whole(output, text)


async def _centrality(settings: Settings, lens: Lens, format: Format) -> str:
    store = await open_store(settings)
    try:
        report = await centrality_report(await store.reader(lens))
        return FORMATS[format](report)
    finally:
        await store.close()


@export_app.command()
def statements(
    output: Annotated[Path, typer.Option(help="New folder to write.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Every statement and source, in the format of the facts: `wattgraph load --seeds FOLDER` brings them back."""
    log = with_store(data, neo4j_uri, lambda store: store.log())
    export_statements(log, output)
    err.print(f"Wrote {output}: {len(log.statements):,} statements, data version {log.version}.", soft_wrap=True)


# ---- tokens and the journal

ScopeOption = StrEnum("ScopeOption", {scope: scope.lower() for scope in TokenScope})  # type: ignore[misc]  # the table's keys
_ACTOR = "command line"


@token_app.command()
def create(
    name: Annotated[str, typer.Option(help="Whose it is; stands in the journal beside what it writes.")],
    scope: Annotated[ScopeOption, typer.Option(help="reader reads, editor also writes.")],
    expires: Annotated[
        str | None,
        typer.Option(help="YYYY-MM-DD: from this day on (UTC) it is worthless; default: never.", show_default=False),
    ] = None,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Make a token and print it, once: the store keeps only a hash of it."""
    token, text = new_token(name, TokenScope(scope.upper()), day_of("--expires", expires), now=utc_now())
    reason = f"create {token.id} ({token.name}, {token.scope})"
    with_store(data, neo4j_uri, lambda store: store.put_token(token, actor=_ACTOR, reason=reason))
    sys.stdout.write(f"{text}\n")
    err.print("This is shown once. Send it as: Authorization: Bearer ...", markup=False, soft_wrap=True)


@token_app.command("list")
def list_tokens(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Every token, without its secret."""
    for token in with_store(data, neo4j_uri, lambda store: store.tokens()):
        state = f"revoked {token.revoked}" if token.revoked else f"expires {token.expires or 'never'}"
        line = f"{token.id}  {token.scope:<6}  {token.name}  created {token.created}  {state}"
        out.print(line, markup=False, soft_wrap=True)


@token_app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="Its id, as `token list` shows it: the part after wg_.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Make a token worthless, at once and for good."""
    with_store(data, neo4j_uri, lambda store: _revoke(store, id))
    out.print(f"Revoked {id}.", markup=False)


async def _revoke(store: Store, id: str) -> None:
    found = await store.tokens(id)
    if not found:
        raise BadInput("There is no token of this id.", remedy="See: wattgraph token list.")
    (token,) = found
    if token.revoked is None:
        gone = replace(token, revoked=utc_now().isoformat(timespec="seconds"))
        await store.put_token(gone, actor=_ACTOR, reason=f"revoke {token.id} ({token.name})")


@audit_app.command()
def verify(data: Data = None, neo4j_uri: Uri = None) -> None:
    """Check the chain of the journal; exits 1 naming the first entry that was altered or is missing."""
    try:
        head = with_store(data, neo4j_uri, lambda store: store.verify_journal())
    except StoreDamaged as error:
        err.print(f"wattgraph: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(_PROBLEM) from None
    out.print(f"{head.number:,} entries, unbroken. Head: {head.hash}", soft_wrap=True)


@audit_app.command()
def show(
    after: Annotated[int, typer.Option(min=0, help="Only entries with a number above this.")] = 0,
    first: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first.")] = 500,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Who did what, and when: one entry a line, as JSON."""
    for entry in with_store(data, neo4j_uri, lambda store: store.journal(after, first)):
        sys.stdout.write(json.dumps(columns_of(entry)) + "\n")


_DEFAULT_HOME = Path("data/neo4j")


@neo4j_app.command()
def up(
    home: Home = _DEFAULT_HOME,
    bolt_port: Annotated[int, typer.Option(help="Port for Bolt.")] = 7687,
    http_port: Annotated[int, typer.Option(help="Port for HTTP and Neo4j Browser.")] = 7474,
    gds: Annotated[bool, typer.Option(help="With Graph Data Science.")] = False,
) -> None:
    """Start a local Neo4j and print its addresses; its jars are fetched once by Maven."""
    server = neo4j_server.start(home, bolt_port=bolt_port, http_port=http_port, gds=gds)
    out.print(f"Bolt     {server.bolt_uri}\nBrowser  {server.browser_url}", soft_wrap=True)
    out.print(f"Load the facts with: wattgraph load --neo4j-uri {server.bolt_uri}", soft_wrap=True)


@neo4j_app.command()
def down(home: Home = _DEFAULT_HOME) -> None:
    """Stop the local Neo4j."""
    out.print("Stopped." if neo4j_server.stop(home) else "It was not running.")


@neo4j_app.command()
def status(home: Home = _DEFAULT_HOME) -> None:
    """Tell whether the local Neo4j runs, and where; exits 3 if it does not."""
    server = neo4j_server.status(home)
    if server is None:
        out.print("Not running. Start it with: wattgraph neo4j up")
        raise typer.Exit(_UNANSWERED)
    out.print(
        f"Running as process {server.pid}\nBolt     {server.bolt_uri}\nBrowser  {server.browser_url}", soft_wrap=True
    )


if __name__ == "__main__":
    main()
