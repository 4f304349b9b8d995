"""What a footnote says of a source beside publisher, title and date: how it was read, where in it a figure stands, who
last looked when, and the hash of what was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from graph.evidence.captions import source_caption
from graph.evidence.rows import is_private
from graph.vocabulary.enums import SourceReading
from graph.vocabulary.model import Row
from graph.vocabulary.values import PartialDate
from graph.vocabulary.wording import words


def how_read(source: Row, sources: Mapping[str, Row], write_day: Callable[[PartialDate], str] = str) -> str:
    """`read second hand, through Example Digest, 2026-07-01`, and whether it is private; empty where nothing says how
    it was read."""
    private = "private" if is_private(source) else ""
    reading: SourceReading = source["read"] or SourceReading.UNKNOWN
    if reading is SourceReading.UNKNOWN:
        return private
    through = [source_caption(sources[key], write_day) if key in sources else key for key in source["through"]]
    read = f"read {words(reading)}" + (f", through {' and '.join(through)}" if through else "")
    return f"{private}, {read}" if private else read


def annotation(source: Row, statements: Iterable[Row], sources: Mapping[str, Row]) -> str:
    """All that is known of a source and of these statements that cite it; empty where nothing is."""
    return "; ".join(_parts(source, list(statements), sources))


def _parts(source: Row, statements: list[Row], sources: Mapping[str, Row]) -> Iterator[str]:
    read = how_read(source, sources)
    if read:
        yield read
    if any(map(is_private, statements)) and not is_private(source):
        yield "in part by private statements"
    locators = sorted({row.columns["locator"] for row in statements if "locator" in row.columns})
    if locators:
        yield f"at {', '.join(locators)}"
    looks = [row.columns["last_verified"] for row in statements if "last_verified" in row.columns]
    if looks:
        yield f"last verified {max(looks)}"
    if source["sha256"]:
        yield f"SHA-256 of its {words(source['hash_rule'])}: {source['sha256']}"


def reading_counts(readings: Iterable[str]) -> str:
    """How many of some sources were read how, in a sentence. UNKNOWN counts as neither."""
    stated = list(readings)
    counts = [
        (stated.count(reading), words(reading)) for reading in (SourceReading.FIRST_HAND, SourceReading.SECOND_HAND)
    ]
    first, second = (f"{count:,} read {how}" for count, how in counts)
    rest = len(stated) - sum(count for count, _ in counts)
    return f"{len(stated):,} sources: {first}, {second}; of {rest:,} nothing says how they were read."
