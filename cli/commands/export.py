"""`wattgraph export FORMAT | edition | statements`: what the store holds, as files of other programs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.pages.link_filters import SELECTING, selection
from cli.options.lens import LENS_OPTIONS, lens_from, option, with_lens_options
from cli.options.reports import STORE_OPTIONS, with_signature
from cli.options.stores import Data, Uri, with_store
from cli.terminal import err, out, progress
from graph.concurrency.progress import progress_to
from graph.errors import BadInput
from graph.evidence.lens import Lens
from graph.exports.dataset.dataset import Dataset, LinkSelection, written
from graph.exports.dataset.edition import Edition, write_edition
from graph.exports.dataset.formats import DatasetFormat, dataset_formats
from graph.exports.dataset.writing import new_folder, write_file
from graph.seeding.writer import export_statements
from graph.settings import read_settings
from graph.stores.base import Store

app = typer.Typer(no_args_is_help=True, help="Write what the store holds in another form.")


@app.command()
def statements(
    output: Annotated[Path, typer.Option(help="New folder to write.")],
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """Every statement and source, in the format of the facts: `wattgraph load --seeds FOLDER` brings them back."""
    log = with_store(data, neo4j_uri, lambda store: store.log())
    export_statements(log, output)
    err.line(f"Wrote {output}: {len(log.statements):,} statements, data version {log.version}.")


# ---- formats


def _option_name(field: str) -> str:
    """`mwFrom` is `mw_from`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in field)


_FILTER_HELP: Mapping[str, str] = {
    "type": "Only links of this type; with commas for several.",
    "status": "Only links of this status; with commas for several.",
    "commitment": "Only links of this commitment; with commas for several.",
    "layer": "Only links of this layer; with commas for several.",
    "state": "Only links whose service is in this state; with commas for several.",
    "inForce": "true: only links in force; false: only the others.",
    "usdFrom": "Only links of at least so many US dollars.",
    "announcedFrom": "Only links announced on or after this date, such as 2026-Q3.",
    "announcedTo": "Only links announced on or before this date.",
    "source": "Only links from this party: key, ticker, or a part of the name.",
    "target": "Only links to this party: key, ticker, or a part of the name.",
    "site": "Only links at the site of this key.",
    "chip": "Only links about the chip of this key.",
    "deal": "Only links of the deal of this key.",
    "basis": "Only links with megawatts of this basis.",
    "mwFrom": "Only links of at least so many megawatts of the basis, or of critical IT load.",
    "where": 'Only links that satisfy this LinkWhere of the API, as JSON: \'{"valueUsd":{"gte":1e9}}\'.',
}
FILTER_OPTIONS: Mapping[str, inspect.Parameter] = {
    name: option(_option_name(name), str | None, _FILTER_HELP[name]) for name in SELECTING
}
"""What selects links, by the names in an address."""
FIGURES = option("figures", bool, "With the address of each number, /figures/ID, beside it (docs/figures.md).", False)


def requested_selection(values: Mapping[str, Any]) -> LinkSelection:
    """Raises BadInput, BadValue, BadQuery."""
    stated = {name: values[one.name] for name, one in FILTER_OPTIONS.items() if values[one.name] is not None}
    return selection(stated)


def read_dataset(values: Mapping[str, Any], write: Callable[[Dataset], None]) -> None:
    """Hands the dataset that the options name to `write`, with a bar on a terminal. Raises what that raises."""
    lens, chosen = lens_from(values), requested_selection(values)

    async def read(store: Store) -> None:
        service = read_settings().public_address or ""
        figures = bool(values.get(FIGURES.name))
        await written(await store.reader(lens), write, chosen, figures=figures, service=service)

    with progress() as bar, progress_to(bar):
        with_store(values["data"], values["neo4j_uri"], read)


def export_command(format: DatasetFormat) -> Callable[..., None]:
    """The function that Typer makes the command of a format from."""
    several = len(format.files) > 1
    where = "New folder to write." if several else "File to write [default: standard output]."
    output = option("output", Path if several else Path | None, where, inspect.Parameter.empty if several else None)

    def run(**values: Any) -> None:
        read_dataset(values, lambda dataset: _write(format, dataset, values["output"]))
        if values["output"] is not None:
            err.line(f"Wrote {values['output']}.")

    run.__doc__ = format.doc
    return with_signature(run, [output, FIGURES, *FILTER_OPTIONS.values(), *LENS_OPTIONS.values(), *STORE_OPTIONS])


def _write(format: DatasetFormat, dataset: Dataset, output: Path | None) -> None:
    if output is None:
        for part in format.files[0].encode(dataset):
            out.write(part.decode())
    elif len(format.files) == 1:
        write_file(format.files[0].encode(dataset), _checked(output))
    else:
        with new_folder(output) as folder:
            write_files(format, dataset, folder)


def _checked(output: Path) -> Path:
    if output.is_dir():
        raise BadInput(f"{output} is a folder.", remedy="Name a file.")
    return output


def write_files(format: DatasetFormat, dataset: Dataset, folder: Path) -> Sequence[Path]:
    """The paths of the files, in their order."""
    for file in format.files:
        write_file(file.encode(dataset), folder / file.name)
    return [folder / file.name for file in format.files]


@app.command()
@with_lens_options()
def edition(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder of editions; this one becomes a new folder in it.")],
    since: Annotated[
        Path | None, typer.Option(help="Edition before [default: the last one in the folder].", show_default=False)
    ] = None,
    *,
    lens: Lens,
    data: Data = None,
    neo4j_uri: Uri = None,
) -> None:
    """All formats with a Data Package, checksums, the licence, and what has changed since the edition before."""

    async def write(store: Store) -> Edition:
        reader = await store.reader(lens)
        return await written(reader, lambda dataset: write_edition(dataset, out_folder, since))

    with progress() as bar, progress_to(bar):
        made = with_store(data, neo4j_uri, write)
    err.line(f"Wrote {made.folder}{f', with what changed since {made.before}' if made.before else ''}.")


for _format in dataset_formats().values():
    app.command(_format.name)(export_command(_format))
