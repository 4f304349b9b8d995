"""Every error of Wattgraph, as one tree. Each has a stable code and a remedy.

WattgraphError
├── BadInput               the input is wrong; the same input fails again
│   ├── BadValue           one value of a seed record; carries the path to it
│   ├── SeedErrors         all problems of a set of seed files, with file and line
│   │   ├── RecordErrors   all problems of records that came over the API, with record and path
│   │   ├── OverlayErrors  all problems of the private facts, with file and line
│   │   └── RowErrors      all problems of files of statements, with file and row
│   ├── BadLens            an invalid lens: a day in the future, an unknown source or scenario
│   │   └── NoOverlay      private facts where there are none
│   ├── BadQuery           an invalid filter, order, page or argument
│   ├── BadCursor          a cursor of another order or lens
│   ├── ScopeRequired      a sum that is meaningful within one layer, or one basis, only
│   ├── WeightRefused      a weight that a metric would misread (distance as strength), or does not take
│   ├── EngineUnsupported  the engine does not compute this
│   ├── AmbiguousKey       one text names several organizations
│   ├── QueryRefused       a GraphQL query beyond a limit of the service; it does not run
│   │   ├── QueryTooLong, TooManyTokens, QueryTooDeep, TooManyAliases, TooManyDirectives
│   │   └── QueryTooExpensive  it may return more rows than the limit of one answer
│   ├── ImportKeyReused    an import key that was used for other content
│   ├── Forbidden          the caller lacks the scope
│   └── BadSettings        an invalid setting
├── StoreError             a store cannot answer
│   ├── StoreUnavailable   it does not answer; try again later
│   ├── StoreTimeout       it did not answer in time
│   ├── StoreBusy          another writer holds it
│   ├── StoreNotReady      a load was interrupted and has to be finished first
│   ├── StoreDamaged       its content cannot be read
│   ├── StoreRefused       wrong password, missing right, or a limit of the database
│   └── OutcomeUnknown     the answer to a commit was lost: the write may have happened
├── ExportRefused          the format cannot express the content
└── ServerError            a local Neo4j server cannot be started or stopped
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class WattgraphError(Exception):
    """`message` says what is wrong, `remedy` what to do about it."""

    code = "ERROR"

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    @property
    def details(self) -> Mapping[str, Any]:
        """The `extensions` of the error in an answer of the API, besides its code."""
        return {}


class BadInput(WattgraphError):
    code = "BAD_INPUT"


class BadValue(BadInput):
    """`path` leads from the record to the value: keys of mappings and indexes of lists."""

    code = "BAD_VALUE"

    def __init__(self, message: str, *, remedy: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.path = path

    def under(self, *head: str | int) -> BadValue:
        """The same problem, seen from further out."""
        return BadValue(self.message, remedy=self.remedy, path=(*head, *self.path))


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One problem of a seed file; its text is `file:line: what, where, remedy`. `path` leads to it from the top."""

    file: str
    line: int
    what: str
    where: str
    remedy: str
    path: tuple[str | int, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}, {self.where}, {self.remedy}"


class SeedErrors(BadInput):
    """Every problem of a set of seed files at once; no record of them was taken."""

    code = "BAD_SEEDS"

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"The seeds have {count} problem{'s' if count != 1 else ''}.",
            remedy="Mend them; `wattgraph check` lists each with file, line and remedy.",
        )
        self.problems = tuple(sorted(problems))


class RecordErrors(SeedErrors):
    """Every problem of a list of records; nothing of them was written."""

    MAX_LISTED = 100

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        count = len(problems)
        self.message = f"The records have {count} problem{'s' if count != 1 else ''}; nothing was written."
        self.remedy = "Mend what `problems` lists, each with record and path."

    @property
    def details(self) -> Mapping[str, Any]:
        listed = self.problems[: self.MAX_LISTED]
        return {"problems": [_problem_payload(problem) for problem in listed]}


class RowErrors(SeedErrors):
    """The problems of files of statements; nothing of them was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        count = len(problems)
        self.message = f"The files have {count} problem{'s' if count != 1 else ''}; nothing was written."
        self.remedy = "Mend the rows; each problem stands with file, row and remedy."


def _problem_payload(problem: Problem) -> Mapping[str, Any]:
    index, *path = problem.path
    return {"record": index, "path": path, "message": f"{problem.what}, {problem.where}", "remedy": problem.remedy}


class OverlayErrors(SeedErrors):
    """Every problem of the private facts; nothing is answered with them. The message repeats nothing that they say."""

    code = "BAD_OVERLAY"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        count = len(problems)
        self.message = f"The private facts have {count} problem{'s' if count != 1 else ''}."
        self.remedy = "Mend them; `wattgraph check --overlay` lists each with file, line and remedy."


class BadLens(BadInput):
    code = "BAD_LENS"


class NoOverlay(BadLens):
    code = "NO_OVERLAY"


class BadQuery(BadInput):
    code = "BAD_QUERY"


class BadCursor(BadQuery):
    code = "BAD_CURSOR"


class ScopeRequired(BadQuery):
    code = "SCOPE_REQUIRED"


class WeightRefused(BadQuery):
    code = "WEIGHT_REFUSED"


class EngineUnsupported(BadQuery):
    code = "ENGINE_UNSUPPORTED"


class AmbiguousKey(BadQuery):
    code = "AMBIGUOUS_KEY"


class QueryRefused(BadInput):
    code = "QUERY_REFUSED"


class QueryTooLong(QueryRefused):
    code = "QUERY_TOO_LONG"


class TooManyTokens(QueryRefused):
    code = "TOO_MANY_TOKENS"


class QueryTooDeep(QueryRefused):
    code = "QUERY_TOO_DEEP"


class TooManyAliases(QueryRefused):
    code = "TOO_MANY_ALIASES"


class TooManyDirectives(QueryRefused):
    code = "TOO_MANY_DIRECTIVES"


class QueryTooExpensive(QueryRefused):
    code = "QUERY_TOO_EXPENSIVE"


class ImportKeyReused(BadInput):
    code = "IMPORT_KEY_REUSED"


class Forbidden(BadInput):
    code = "FORBIDDEN"


class BadSettings(BadInput):
    code = "BAD_SETTINGS"


class StoreError(WattgraphError):
    code = "STORE"


class StoreUnavailable(StoreError):
    code = "STORE_UNAVAILABLE"


class StoreTimeout(StoreError):
    code = "STORE_TIMEOUT"


class StoreBusy(StoreError):
    code = "STORE_BUSY"


class StoreNotReady(StoreError):
    code = "STORE_NOT_READY"


class StoreDamaged(StoreError):
    code = "STORE_DAMAGED"


class StoreRefused(StoreError):
    code = "STORE_REFUSED"


class OutcomeUnknown(StoreError):
    code = "OUTCOME_UNKNOWN"


class ExportRefused(WattgraphError):
    code = "EXPORT_REFUSED"


class ServerError(WattgraphError):
    code = "SERVER"
