"""Figures: what a number answers (its query), under which lens, and its value; and the ID that says all of this.

An ID carries its figure, in plain characters of an address:

    akamai-anthropic:value:2026-06-30:1800000000USD:2-9f1c3a
    capacity,groupBy=PROVIDER:PROVIDER=hut8,layer=SHELL,basis=CRITICAL_IT:high:2026-11-30:949:2-0d2c1e
    shock,fail=openai,table=dollars_at_risk:key=oracle,claim=PAYMENTS:value:2026-11-30:300000000000:2-0d2c1e

Query, lens (validOn, or validOn_knownOn; then what is no default), value, and the version of the policy under which it
was chosen with six hexadecimal digits of a hash over all before it. So an ID is made from query, lens and value alone,
means the same on every instance, and needs no table that somebody would have to keep and move. A hash in its place
would be shorter, and only those instances could read it that had made it. The hash at its end makes a slip of the pen
an unknown figure; it proves nothing, as anybody can compute it: what an ID claims is compared with the facts each time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from graph.analytics.core.parameters import Parameter
from graph.analytics.core.scope import DEFAULT_SCOPE, Scope
from graph.errors import BadInput
from graph.evidence.lens import DEFAULT_LENS, Certainty, Lens
from graph.evidence.policy import POLICY_VERSION, day_of
from graph.publication.sources import TableSources
from graph.publication.tables import TABLES
from graph.publication.values import computed_text, is_value, value_text
from graph.stores.query import And, Compare, Filter
from graph.vocabulary.enums import Commitment, Confidence, Layer, LinkStatus, Nature, Reliability
from graph.vocabulary.model import LINKS
from graph.vocabulary.parsing import KEY
from graph.vocabulary.types import mw_column
from graph.vocabulary.values import CapacityBasis

MAX_ID = 1_000
"""Characters of an ID; the longest that a page makes has some 200."""
MAX_CELL = 120
"""Characters of a cell that tells its row from others; a longer one is cut, with a hash over the whole."""
_HASH_DIGITS = 6
_WORD = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
"""What stands between the separators of an ID."""
_ID = re.compile(r"[A-Za-z0-9._~,=:-]+", re.ASCII)
_PROPERTY = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)

E = TypeVar("E", bound=StrEnum)


class UnknownFigure(BadInput):
    """The text is the ID of no figure."""

    code = "UNKNOWN_FIGURE"


def unknown_figure(why: str) -> UnknownFigure:
    return UnknownFigure(f"There is no such figure: {why}.", remedy="Copy its whole address, /figures/ID.")


# ---- queries


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """What is said of a row: a property, or megawatts of one basis (`mw_critical_it`), or of one stage of it."""

    subject: str
    property: str

    def parts(self) -> tuple[str, ...]:
        return self.subject, self.property


Pairs = tuple[tuple[str, str], ...]
"""Names and values as text."""


@dataclass(frozen=True, slots=True)
class CellFigure:
    """One cell of what an analytic or a report computes: by the name of its `source`, the `inputs` that are no default,
    the cells that tell its row from others, and its column, by their names in tables. `part`: which of several tables;
    empty for the main one, or where its columns alone tell."""

    source: str
    inputs: Pairs
    row: Pairs
    column: str
    part: str = ""

    def parts(self) -> tuple[str, ...]:
        inputs = (*self.inputs, (_PART, self.part)) if self.part else self.inputs
        return ",".join([self.source, *pairs_text(inputs)]), ",".join(pairs_text(self.row)), self.column


@dataclass(frozen=True, slots=True)
class FirmSumFigure:
    """What the firm contracts of a layer add to that have a party at an end (`from`, `to`, `party`: at either) or stand
    at a `site`: `value_usd`, or megawatts of one basis (`mw_critical_it`); or what else is counted of these contracts
    (`FIRM_MEASURES`)."""

    layer: Layer
    end: str
    key: str
    measure: str

    def parts(self) -> tuple[str, ...]:
        return f"{_FIRM},layer={self.layer},{self.end}={self.key}", self.measure


_FIRM = "firm"
_PART = "table"
UNSTATED = "~"
"""Stands for what is not stated: a cell of a row, a property in a scope."""
ENDS = ("from", "to", "party", "site", "all")
VALUE = "value_usd"
MEASURES = (VALUE, *(mw_column(basis) for basis in CapacityBasis))
CONTRACTS, RUNNING = "contracts", "running"
"""How many contracts there are, and how many of them are known to run."""
STATING, LARGEST_SHARE, IN_SERVICE = "stating_", "largest_share_", "in_service_"
"""Before a measure: how many contracts state it; the share of the party that has most of it; what of it runs today."""
FIRM_MEASURES = frozenset(
    (
        *MEASURES,
        CONTRACTS,
        RUNNING,
        *(f"{prefix}{measure}" for prefix in (STATING, LARGEST_SHARE) for measure in MEASURES),
        *(f"{IN_SERVICE}{measure}" for measure in MEASURES if measure != VALUE),
    )
)
FigureQuery = StatedFigure | CellFigure | FirmSumFigure


@dataclass(frozen=True, slots=True)
class LivingFigure:
    """A number that somebody may cite. `lens` has both dates; `value` is its text (`values.py`); `policy` is the
    version under which it was chosen."""

    query: FigureQuery
    lens: Lens
    value: str
    policy: int = POLICY_VERSION

    def __post_init__(self) -> None:
        """Raises BadInput for private facts."""
        check_citable(self.lens)

    @property
    def id(self) -> str:
        """Raises BadInput for what no address can hold."""
        return _id_of(self.query.parts(), self.lens, self.value, self.policy)


def _id_of(parts: tuple[str, ...], lens: Lens, value: str, policy: int = POLICY_VERSION) -> str:
    text = ":".join([*parts, lens_text(lens), value, str(policy)])
    if _ID.fullmatch(text) is None:
        raise BadInput("The figure has a part that no address holds.", remedy="Cite another figure.")
    return with_hash(text)


def pairs_text(pairs: Pairs) -> list[str]:
    return [f"{name}={value}" for name, value in pairs]


@lru_cache(maxsize=4096)
def column_text(name: str) -> str:
    """What an ID calls a column of a table."""
    return re.sub(r"[^A-Za-z0-9._~-]+", "_", name)


def cell_text(cell: Any) -> str | None:
    """A cell that tells a row from others: a key, a code, a rank, a text in the characters of an address; None for
    nothing."""
    text = "~".join(cell) if isinstance(cell, tuple) else cell if isinstance(cell, str) else computed_text(cell)
    if not text or (_WORD.fullmatch(text) and len(text) <= MAX_CELL):
        return text or None
    return _plain_word(text)


@lru_cache(maxsize=4096)
def _plain_word(text: str) -> str:
    """A text without what no address can hold. Where more than blanks went, a hash over the whole tells it from
    others."""
    word = re.sub(r"[^A-Za-z0-9._~-]+", "_", text)
    if len(word) <= MAX_CELL and word == text.replace(" ", "_"):
        return word
    return f"{word[: MAX_CELL - _HASH_DIGITS - 1]}.{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"


def with_hash(text: str) -> str:
    """An ID: query, lens, value and policy with the hash over them."""
    return f"{text}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}"


# ---- from what is shown to an ID


def figure_id(subject: str, property: str, lens: Lens, value: Any) -> str | None:
    """The ID of what is shown of a row: a property by its name (megawatts by the column of a basis, `mw_critical_it`),
    under a resolved lens, with its typed value. None where the value is no figure: nothing, or a free text; and under
    private facts, which nobody else could read in its place."""
    text = value_text(value)
    return None if text is None or lens.overlay else _id_of((subject, property), lens, text)


def cell_id(
    source: str,
    inputs: Mapping[str, Any],
    row: Mapping[str, Any],
    column: str,
    *,
    lens: Lens,
    value: Any,
    sources: TableSources = TABLES,
) -> str | None:
    """The ID of one cell of the table of an analytic, or of another source. `row`: cells that tell its row from all
    others, by the names of their columns. None where the value is no figure, where a cell is nothing, for an input that
    no address can hold, and under private facts."""
    stated = inputs_text(sources[source].parameters, inputs)
    cells = tuple((column_text(name), text) for name, one in row.items() if (text := cell_text(one)) is not None)
    cited = computed_text(value)
    if cited is None or stated is None or len(cells) < len(row) or lens.overlay:
        return None
    return LivingFigure(CellFigure(source, stated, cells, column_text(column)), lens, cited).id


def firm_sum_id(query: FirmSumFigure, lens: Lens, low: float, high: float) -> str | None:
    """The ID of what firm contracts add to, a range where it is not declared which are served out of which. None under
    private facts."""
    return None if lens.overlay else LivingFigure(query, lens, range_text(low, high)).id


def range_text(low: float, high: float) -> str:
    """The text of a computed range; of one number, where the ends are equal."""
    return "to".join(dict.fromkeys(str(computed_text(float(end))) for end in (low, high)))


def inputs_text(parameters: Iterable[Parameter], inputs: Mapping[str, Any]) -> Pairs | None:
    """The inputs that are no default; None for one that no address can hold."""
    pairs: list[tuple[str, str]] = []
    for parameter in parameters:
        value = inputs.get(parameter.name, parameter.default)
        if isinstance(value, Scope):
            stated = _where_text(value.where)
            if stated is None:
                return None
            pairs += [*_scope_text(value), *stated]
        elif value != parameter.default and value is not None:
            pairs.append((parameter.field_name, _input_text(value)))
    return tuple(pairs) if all(_WORD.fullmatch(text) for _, text in pairs) else None


def _scope_text(scope: Scope) -> Iterator[tuple[str, str]]:
    for name in _SCOPE_PARTS:
        value = getattr(scope, name)
        if value != getattr(DEFAULT_SCOPE, name):
            yield f"scope.{name}", _input_text(value)


_WHERE = "where."


def _where_text(where: Filter) -> Pairs | None:
    """Conditions that a property is a value, or is not stated; None for another filter."""
    match where:
        case And(parts):
            several = [_where_text(part) for part in parts]
            return None if None in several else tuple(pair for one in several for pair in one or ())
        case Compare(column, "eq", str(value)):
            return ((f"scope.{_WHERE}{column}", str(value)),)
        case Compare(column, "isnull", True):
            return ((f"scope.{_WHERE}{column}", UNSTATED),)
    return None


def _input_text(value: Any) -> str:
    if isinstance(value, frozenset):
        return "~".join(sorted(map(str, value)))
    if isinstance(value, tuple):
        return "~".join(map(str, value))
    return value_text(value) or str(value)


# ---- from an ID to a figure


def read_figure(id: str, sources: TableSources = TABLES) -> LivingFigure:
    """The figure of an ID; `sources` are the tables that it may be a cell of. Raises UnknownFigure for what is none, or
    for a query that this version does not know."""
    text = id.rpartition("-")[0]
    if len(id) > MAX_ID or id != with_hash(text):
        raise unknown_figure("the address is not whole")
    *query, lens, value, policy = text.split(":")
    if not policy.isascii() or not policy.isdigit() or not is_value(value):
        raise unknown_figure("its value cannot be read")
    figure = LivingFigure(_read_query(query, sources), read_lens(lens), value, int(policy))
    if figure.id != id:
        raise unknown_figure("it is written in another way")
    return figure


def _read_query(parts: Sequence[str], sources: TableSources) -> FigureQuery:
    match parts:
        case [subject, name] if KEY.fullmatch(subject) and _PROPERTY.fullmatch(name):
            return StatedFigure(subject, name)
        case [head, measure] if head.startswith(f"{_FIRM},"):
            return _read_firm_sum(read_pairs(head.split(",")[1:]), measure)
        case [head, row, column]:
            name, *inputs = head.split(",")
            if name in sources:
                query = _read_cell(name, read_pairs(inputs), read_pairs(row.split(",") if row else ()), column)
                requested_inputs(query, sources)
                return query
    raise unknown_figure("its query is none that this version knows")


def _read_cell(name: str, inputs: Pairs, row: Pairs, column: str) -> CellFigure:
    if inputs and inputs[-1][0] == _PART:
        return CellFigure(name, inputs[:-1], row, column, inputs[-1][1])
    return CellFigure(name, inputs, row, column)


def _read_firm_sum(pairs: Pairs, measure: str) -> FirmSumFigure:
    match pairs:
        case (("layer", layer), (end, key)) if end in ENDS and measure in FIRM_MEASURES and KEY.fullmatch(key):
            if layer in list(Layer):
                return FirmSumFigure(Layer(layer), end, key, measure)
    raise unknown_figure("its query is none that this version knows")


def read_pairs(texts: Iterable[str]) -> Pairs:
    pairs = [text.partition("=") for text in texts]
    if not all(equals and name and value for name, equals, value in pairs):
        raise unknown_figure("a part of its query has no value")
    return tuple((name, value) for name, _, value in pairs)


def requested_inputs(query: CellFigure, sources: TableSources = TABLES) -> dict[str, Any]:
    """All inputs of the source, typed. Raises UnknownFigure for one that it does not take."""
    declared, texts = sources[query.source].parameters, dict(query.inputs)
    scope = {name.removeprefix("scope."): texts.pop(name) for name in list(texts) if name.startswith("scope.")}
    parameters = {one.field_name: one for one in declared}
    scoped = next((one.name for one in declared if one.type is Scope), None)
    missing = [name for name, one in parameters.items() if one.required and name not in texts]
    if texts.keys() - parameters.keys() or missing or (scope and scoped is None):
        raise unknown_figure(f"{query.source} takes other inputs")
    stated = {parameters[name].name: _read_input(parameters[name], text) for name, text in texts.items()}
    scopes = {scoped: _read_scope(scope)} if scoped else {}
    return {one.name: one.default for one in declared} | stated | scopes


def takes_long(figure: LivingFigure, sources: TableSources = TABLES) -> bool:
    """Whether computing it takes more than some seconds."""
    query = figure.query
    return isinstance(query, CellFigure) and sources[query.source].long(requested_inputs(query, sources))


def _read_input(parameter: Parameter, text: str) -> Any:
    try:
        if parameter.collection is not None:
            return parameter.collection(_read_value(parameter.type, one) for one in text.split("~"))
        return _read_value(parameter.type, text)
    except (ValueError, KeyError):
        raise unknown_figure(f"{parameter.field_name} has no such value") from None


def _read_value(type_: Any, text: str) -> Any:
    if type_ is bool:
        return {"yes": True, "no": False}[text]
    return date.fromisoformat(text) if type_ is date else type_(text)


_SCOPE_PARTS: Mapping[str, Callable[[str], Any]] = {
    "types": lambda text: frozenset(text.split("~")),
    "layer": Layer,
    "basis": CapacityBasis,
    "status": lambda text: frozenset(map(LinkStatus, text.split("~"))),
    "commitment": lambda text: frozenset(map(Commitment, text.split("~"))),
}
"""What an ID may say of a scope beside its filter."""


def _read_scope(parts: Mapping[str, str]) -> Scope:
    where = {name.removeprefix(_WHERE): text for name, text in parts.items() if name.startswith(_WHERE)}
    plain = {name: text for name, text in parts.items() if not name.startswith(_WHERE)}
    try:
        stated = {name: _SCOPE_PARTS[name](text) for name, text in plain.items()}
        return replace(DEFAULT_SCOPE, **stated, where=_read_where(where))
    except (ValueError, KeyError):
        raise unknown_figure("its scope cannot be read") from None


def _read_where(conditions: Mapping[str, str]) -> Filter:
    """Raises KeyError for what no link has."""
    known = {name for kind in LINKS.values() for name in kind.properties}
    if not conditions.keys() <= known:
        raise KeyError
    read = [
        Compare(name, "isnull", True) if text == UNSTATED else Compare(name, "eq", text)
        for name, text in conditions.items()
    ]
    return read[0] if len(read) == 1 else And(tuple(read))


# ---- lenses


def _members(choices: type[E]) -> Callable[[str], frozenset[E]]:
    return lambda text: frozenset(map(choices, text.split("~")))


_LENS_PARTS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "min_confidence": ("minConfidence", Confidence),
    "min_reliability": ("minReliability", Reliability),
    "natures": ("natures", _members(Nature)),
    "exclude_sources": ("excludeSources", lambda text: frozenset(text.split("~"))),
    "certainty": ("certainty", Certainty),
    "scenario": ("scenario", str),
}
"""Name in an ID and reader of each field of a lens but its dates."""
_DATES = ("valid_on", "known_on")
_PRIVATE = ("overlay",)
"""What no ID says: there are none under it."""
_FIELDS = {*_LENS_PARTS, *_DATES, *_PRIVATE}
assert {field.name for field in fields(Lens)} == _FIELDS  # noqa: S101 (a field without a name is lost)


def check_citable(lens: Lens) -> None:
    """Raises BadInput for private facts, of which nobody else could tell more."""
    if lens.overlay:
        raise BadInput("Private facts have no addresses.", remedy="Cite a figure of the public facts.")


@lru_cache(maxsize=256)
def lens_text(lens: Lens) -> str:
    """A resolved lens as an ID has it. Raises BadInput for private facts."""
    check_citable(lens)
    days = dict.fromkeys(day_of(getattr(lens, name)).isoformat() for name in _DATES)
    stated = [(name, getattr(lens, field), getattr(DEFAULT_LENS, field)) for field, (name, _) in _LENS_PARTS.items()]
    return ",".join(
        ["_".join(days), *(f"{name}={_input_text(value)}" for name, value, usual in stated if value != usual)]
    )


def read_lens(text: str) -> Lens:
    """Raises UnknownFigure."""
    days, *parts = text.split(",")
    valid, _, known = days.partition("_")
    by_name = {name: (field, read) for field, (name, read) in _LENS_PARTS.items()}
    try:
        stated = {by_name[name][0]: by_name[name][1](value) for name, value in read_pairs(parts)}
        return Lens(date.fromisoformat(valid), date.fromisoformat(known or valid), **stated)
    except (ValueError, KeyError):
        raise unknown_figure("its lens cannot be read") from None
