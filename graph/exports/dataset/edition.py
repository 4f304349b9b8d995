"""Editions: all formats in one folder, with a Data Package (version 2), checksums, the licence, and what has changed
since the edition before. The same data version and lens give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.concurrency.progress import report_progress
from graph.errors import BadInput
from graph.exports.dataset.changes import changes_between, changes_csv, changes_markdown
from graph.exports.dataset.columns import ColumnType, DatasetColumn, DatasetTable
from graph.exports.dataset.csv_tables import provenance_cells
from graph.exports.dataset.dataset import Dataset, Provenance
from graph.exports.dataset.follow_the_money import MEDIA_TYPE as FTM
from graph.exports.dataset.formats import DatasetFile, dataset_formats
from graph.exports.dataset.json_lines import FILE as ROWS
from graph.exports.dataset.json_lines import MEDIA_TYPE as JSON_LINES
from graph.exports.dataset.parquet import MEDIA_TYPE as PARQUET
from graph.exports.dataset.writing import new_folder, write_file
from graph.publication.editions import DESCRIPTOR, STAMP, EditionStamp, check_public, read_edition
from graph.vocabulary.licence import FACTS_LICENCE
from graph.vocabulary.values import Json

LICENCE, CHANGES, CHANGES_TABLE, CHECKSUMS = "LICENCE.txt", "CHANGES.md", "changes.csv", "SHA256SUMS"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE_NAME = "CC-BY-4.0"
"""The identifier of the licence of the facts at SPDX, as Data Packages name licences."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition that was written, and the one before, of which it tells the changes."""

    folder: Path
    before: Path | None


def edition_name(provenance: Provenance) -> str:
    """`2026-11-30-0123456789abcdef`: the state of knowledge and the data version; of another day in the world than that
    of knowledge, or of a scenario, these too."""
    lens = provenance.lens
    more = [str(lens.valid_on)] if lens.valid_on != lens.known_on else []
    digest = hashlib.sha256(json.dumps(EditionStamp("", lens).to_json(), sort_keys=True).encode()).hexdigest()[:6]
    unusual = len(EditionStamp("", lens).to_json()["lens"]) > 3 or lens.scenario is not None
    return "-".join([str(lens.known_on), *more, *([digest] if unusual else []), provenance.data_version])


def last_edition(out: Path, provenance: Provenance) -> Path | None:
    """The newest edition in a folder of editions that knows no more than is known now; None where there is none."""
    known = str(provenance.lens.known_on)
    editions = [(str(_stamp(one).lens.known_on), one.name, one) for one in _editions(out)]
    earlier = [one for one in editions if one[0] <= known and one[1] != edition_name(provenance)]
    return max(earlier)[2] if earlier else None


def _editions(out: Path) -> Iterator[Path]:
    if out.is_dir():
        yield from (one for one in sorted(out.iterdir()) if (one / DESCRIPTOR).is_file() and one.name[0] != ".")


def _stamp(folder: Path) -> EditionStamp:
    return read_edition(folder)


def write_edition(dataset: Dataset, out: Path, since: Path | None = None) -> Edition:
    """Writes an edition into a new folder in `out`, whole or not at all. `since`: the edition before; without it the
    last one in `out`. Raises BadInput, also for private facts, and BadSettings where a format lacks its library."""
    check_public(dataset.provenance.lens, "An edition")
    before = since or last_edition(out, dataset.provenance)
    if before is not None:
        _check(before)
    folder = out / edition_name(dataset.provenance)
    files = [file for one in dataset_formats().values() for file in one.files]
    with new_folder(folder) as beside:
        for number, file in enumerate(files):
            report_progress("files", number, len(files))
            write_file(file.encode(dataset), beside / file.name)
        report_progress("files", len(files), len(files))
        _write_changes(dataset, before, beside)
        write_file([_licence(dataset)], beside / LICENCE)
        _write_descriptor(dataset, files, before, beside)
        write_file(_checksums(beside), beside / CHECKSUMS)
    return Edition(folder, before)


def _check(before: Path) -> None:
    read_edition(before)
    if not (before / ROWS).is_file():
        raise BadInput(f"{before} has no {ROWS}.", remedy="Name the folder of a whole edition.")


def _write_changes(dataset: Dataset, before: Path | None, folder: Path) -> None:
    if before is None:
        write_file([b"# Changes\n\nThere is no edition before.\n"], folder / CHANGES)
        return
    sides = before / ROWS, folder / ROWS
    write_file(changes_csv(changes_between(*sides, dataset.named_rows)), folder / CHANGES_TABLE)
    told = changes_markdown(changes_between(*sides, dataset.named_rows), before.resolve().name)
    write_file([told.encode()], folder / CHANGES)


def _licence(dataset: Dataset) -> bytes:
    """The licence of the facts, and those of the data sets among their sources."""
    licensed = [row for row in dataset.rows("Source") if row["licence"]]
    lines = [f"{row['publisher']}, {row['title'] or row.key} ({row['url']}): {row['licence']}" for row in licensed]
    said = "You may use and change it, if you name where it is from, and say what you changed."
    return "\n".join(
        [FACTS_LICENCE.sentence, said, *(["", "It draws on these data sets:", *lines] if lines else []), ""]
    ).encode()


# ---- the descriptor


def _write_descriptor(dataset: Dataset, files: Sequence[DatasetFile], before: Path | None, folder: Path) -> None:
    provenance = dataset.provenance
    stamp = EditionStamp(provenance.data_version, provenance.lens).to_json()
    through = provenance.data_through and provenance.data_through.isoformat()
    since = None if before is None else {"name": before.resolve().name, **read_edition(before).to_json()}
    changes = [DatasetFile(CHANGES_TABLE, "text/csv", "What has changed since the edition before.", _nothing)]
    described = [*files, *(changes if before else [])]
    package: dict[str, Json] = {
        "$schema": PROFILE,
        "name": f"wattgraph-{edition_name(provenance)}",
        "title": provenance.to_json()["title"],
        "description": provenance.sentence,
        "version": provenance.data_version,
        "created": f"{provenance.lens.known_on}T00:00:00Z",
        "licenses": [{"name": LICENCE_NAME, "path": FACTS_LICENCE.url, "title": FACTS_LICENCE.name}],
        "contributors": [{"title": FACTS_LICENCE.attribution}],
        "resources": [_resource(file, folder / file.name, provenance) for file in described],
        STAMP: {**stamp, "dataThrough": through, "before": since},
    }
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    write_file([text.encode()], folder / DESCRIPTOR)


def _nothing(dataset: Dataset) -> Iterator[bytes]:
    return iter(())


_LINES = (JSON_LINES, FTM)
"""One record a line, of several kinds: readers of Data Packages take what is called jsonl for one table."""


def _resource(file: DatasetFile, path: Path, provenance: Provenance) -> Mapping[str, Json]:
    """How a file is described. frictionless 5.21 counts no bytes of Parquet and calls each number of them wrong."""
    media = file.media_type.partition(";")[0]
    return {
        "name": file.name,
        "path": file.name,
        "title": file.doc,
        "format": "jsonlines" if media in _LINES else path.suffix.removeprefix("."),
        "mediatype": media,
        "encoding": "utf-8",
        **({} if media == PARQUET else {"bytes": path.stat().st_size}),
        "hash": f"sha256:{_sha256(path)}",
        **({"type": "table", "schema": table_schema(file.table, media, provenance)} if file.table else {}),
    }


_FIELD_TYPES: Mapping[ColumnType, str] = {
    ColumnType.TEXT: "string",
    ColumnType.NUMBER: "number",
    ColumnType.WHOLE: "integer",
    ColumnType.FLAG: "boolean",
    ColumnType.DAY: "date",
    ColumnType.TEXTS: "array",
    ColumnType.ENTRIES: "array",
}
_IN_PARQUET = {**_FIELD_TYPES, ColumnType.TEXTS: "any", ColumnType.ENTRIES: "any", ColumnType.WHOLE: "number"}
"""As frictionless 5.21 reads it: lists as no type of Table Schema, whole numbers of a row group without one as NaN."""


def table_schema(table: DatasetTable, media: str, provenance: Provenance) -> Mapping[str, Json]:
    """The Table Schema of a table in a file of a media type; units stand in `unit`, and in `figures` what the figure of
    a number is called in the table of figures, of several the first that a row has. CSV ends with columns of where it
    comes from."""
    types = _IN_PARQUET if media == PARQUET else _FIELD_TYPES
    said = () if media == PARQUET else provenance_cells(provenance)
    columns = [_field(column, types[column.type]) for column in table.columns]
    fields = [*columns, *({"name": name, "type": "string"} for name in said)]
    return {"fields": fields, "primaryKey": [*table.primary_key], "missingValues": [""]}


def _field(column: DatasetColumn, type_: str) -> Mapping[str, Any]:
    unit = {"unit": column.unit} if column.unit else {}
    figures = {"figures": [*column.figures]} if column.figures else {}
    return {"name": column.name, "type": type_, "description": column.doc, **unit, **figures}


# ---- checksums


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksums(folder: Path) -> Iterable[bytes]:
    """As `sha256sum --check` reads them."""
    return [f"{_sha256(path)}  {path.name}\n".encode() for path in sorted(folder.iterdir())]
