"""The command line: `wattgraph check | load | serve | query | … | neo4j`, one table of commands."""

from __future__ import annotations

import atexit
import gc
import sys
from errno import ENOSPC

import typer

from cli.lazy_group import lazy_group
from cli.terminal import INTERRUPTED, PROBLEM, UNANSWERED, UNREAD, USAGE, discard, err, out, prepare_streams, unwritable
from graph.errors import BadInput, BadSettings, ExportRefused, SeedErrors, WattgraphError

EXIT_CODES = """
Exit codes: 0 done; 1 what was given is wrong (facts, a query, a lens); 2 wrong use of the command line or a setting;
3 the store or a server does not answer; 4 nothing is recorded to compare with; 130 interrupted; 141 nobody reads the
output any more.

Settings come from the environment (WATTGRAPH_DATA, WATTGRAPH_NEO4J_URI, ...); options go before them.
"""

COMMANDS = {
    "check": ("cli.commands.facts:check", "Check the facts and the scenarios."),
    "load": ("cli.commands.facts:load", "Load the facts into the store."),
    "import": ("cli.commands.bulk:import_files", "Add statements and sources from CSV and Parquet files."),
    "serve": ("cli.commands.serve:serve", "Serve the GraphQL API and the reports."),
    "query": ("cli.commands.query:query", "Run a GraphQL query on the store, without a server."),
    "mcp": ("cli.commands.agents:mcp", "Answer an agent (Model Context Protocol)."),
    "diff": ("cli.commands.diff:diff", "What changed between two dates."),
    "figure": ("cli.commands.figure:figure", "What has become of a number that somebody cited."),
    "certify": ("cli.commands.certify:certify", "Certify the answer to a query, and prove a certificate later."),
    "watch": ("cli.commands.watch:watch", "What is new about the organizations of a list."),
    "analytics": ("cli.commands.analytics:app", "Sums, rankings and risk."),
    "scenario": (
        "cli.commands.scenario:scenario",
        "What if: list the scenarios of seeds/scenarios.",
    ),
    "report": ("cli.commands.reports:app", "Write a report."),
    "export": ("cli.commands.export:app", "Write what the store holds in another form."),
    "source": ("cli.commands.source:source_app", "Whether a document at hand is the one that was read."),
    "store": ("cli.commands.store:store_app", "Whether what a store holds is what its statements say."),
    "backup": ("cli.commands.store:backup", "Write what the store holds to one file."),
    "restore": ("cli.commands.store:restore", "Check a backup and put it in place of what the store holds."),
    "token": ("cli.commands.access:token_app", "Tokens that let a client write, or read what is private."),
    "audit": ("cli.commands.access:audit_app", "The journal: who did what to the store."),
    "neo4j": ("cli.commands.neo4j:app", "Run a local Neo4j without Docker (needs Java and Maven)."),
}

app = typer.Typer(
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def wattgraph() -> None:
    """A knowledge graph of who hosts whose AI, on how many megawatts, with whose chips, and who says so."""


def main() -> None:
    """Run the command line; every error becomes one message with its remedy, and an exit code."""
    prepare_streams()
    atexit.register(gc.freeze)  # so that Python ends without a last search for garbage, a fifth of a query's time
    try:
        app()
    except SystemExit as ended:  # Typer ends help that nobody reads with 1
        sys.exit(UNREAD if isinstance(ended.__context__, BrokenPipeError) else ended.code)
    except OSError as error:  # of help, which Typer writes itself
        if error.errno != ENOSPC:
            raise
        discard(sys.stdout)
        sys.exit(_tell(unwritable(error)))
    except SeedErrors as error:
        _print_problems(error)
        sys.exit(PROBLEM)
    except WattgraphError as error:
        sys.exit(_tell(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _tell(error: WattgraphError) -> int:
    """The exit code of an error that is told."""
    err.line(f"wattgraph: {error.message} {error.remedy}")
    return _exit_code(error)


def _exit_code(error: WattgraphError) -> int:
    if isinstance(error, BadSettings):
        return USAGE
    return PROBLEM if isinstance(error, BadInput | ExportRefused) else UNANSWERED


def _print_problems(error: SeedErrors) -> None:
    for problem in error.problems:
        out.line(str(problem))
    err.line(f"wattgraph: {error.message}")


if __name__ == "__main__":
    main()
