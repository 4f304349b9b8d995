"""docs/api.md: the API, written from the schema, the errors, the settings and the documents of tests/queries."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import graphql
from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
)

import api.app  # with every module that may hold an error of its own
import api.context.errors
import graph.errors
from api.schema.build import sdl
from graph.errors import WattgraphError
from graph.settings import PROJECT, Settings
from graph.stores.query import DEFAULT_PER_PAGE, MAX_PER_PAGE
from graph.vocabulary.model import LINKS

DOCUMENTS = PROJECT / "tests" / "queries"
_INTRO = """
All requests go to one address, `/graphql`. This page lists all fields and types; [queries.md](queries.md) has examples
with answers, and [evidence.md](evidence.md) what a lens is. The same text is in the schema itself: `/schema.graphql`,
or introspection.

A type ends in `!` where it is never null. An argument of type `ID` takes a global id or a key of the seeds such as
`iren`.
"""


def page() -> str:
    """docs/api.md."""
    schema = build_schema(sdl())
    sections = [*_requests(), *_root_sections(schema), *_type_sections(schema)]
    return "\n".join([f"# API\n{_INTRO}", _contents(sections), *(one.text for one in sections)])


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading, what stands under it, and the names that the table of contents lists for it."""

    title: str
    body: str
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"## {self.title}\n\n{self.body.strip()}\n"


def _contents(sections: Iterable[Section]) -> str:
    lines = ["## Contents\n"]
    for one in sections:
        links = " · ".join(f"[{name}](#{anchor(name)})" for name in one.names)
        lines.append(f"- [{one.title}](#{anchor(one.title)})" + (f": {links}" if links else ""))
    return "\n".join([*lines, ""])


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# ---- requests, limits, errors


@dataclass(frozen=True, slots=True)
class StatusExample:
    """The statuses of a request under either media type. A test sends `body` and compares."""

    what: str
    body: str
    json: int
    graphql: int
    content_type: str = "application/json"


STATUS_EXAMPLES = (
    StatusExample(
        "a query that was run, with errors or without", '{"query": "{ links(first: 0) { totalCount } }"}', 200, 200
    ),
    StatusExample("a document that cannot be parsed", '{"query": "{"}', 200, 400),
    StatusExample("a document that does not fit the schema", '{"query": "{ nope }"}', 200, 400),
    StatusExample(
        "variables that do not fit their types", '{"query": "query A($k: ID!) { node(id: $k) { id } }"}', 200, 400
    ),
    StatusExample("a body that is no JSON object, or has no `query`", "[]", 400, 400),
    StatusExample("a body of another media type, or not in UTF-8", "{ __typename }", 415, 415, "text/plain"),
)
_REQUESTS = """
Send `POST /graphql` with `Content-Type: application/json` and a body
`{"query": …, "variables": …, "operationName": …}`, of which only `query` has to be there; or `GET /graphql` with the
same as parameters, `variables` as the text of a JSON object. Only queries can be sent by GET.

```sh
curl -s http://127.0.0.1:8000/graphql -H 'content-type: application/json' -d '_BODY'
```

An answer has `data`, `errors` where there are any, and `extensions` with the data version, and with `notes`
where something in it could be misread.
The header `Accept` selects the media type; without it the answer is JSON. They differ in the status of a document
that did not run:
"""
_EXAMPLE = (
    '{"query": "query Contract($key: String!) { link(key: $key) { termYears } }", '
    '"variables": {"key": "iren-microsoft-cloud"}}'
)
_ERRORS = """
Every error has a `message`, which says what is wrong and what to do about it, and a stable `extensions.code`; where it
arose in a document, `locations` and `path` too. A code is a case of the code in the third column.
"""
_LIMITS = """
A request beyond a limit is an error, never a shorter answer. [settings.md](settings.md) lists the settings.
"""


def _requests() -> list[Section]:
    return [
        Section("Requests", f"{_REQUESTS.replace('_BODY', _EXAMPLE)}\n{_status_table()}"),
        Section("Limits", f"{_LIMITS}\n\n{_limits()}"),
        Section("Errors", f"{_ERRORS}\n{_errors()}"),
    ]


def _status_table() -> str:
    rows = [(one.what, str(one.json), str(one.graphql)) for one in STATUS_EXAMPLES]
    return _table(("request", "`application/json`", "`application/graphql-response+json`"), rows)


def _limits() -> str:
    rows = [
        ("Rows of one page, at most.", f"{MAX_PER_PAGE:,}", ""),
        ("Rows of a page where neither `first` nor `last` is given.", f"{DEFAULT_PER_PAGE:,}", ""),
        *(
            (about.description or "", f"{about.default:,}", f"`WATTGRAPH_{name.upper()}`")
            for name, about in Settings.model_fields.items()
            if name.startswith("limit_")
        ),
    ]
    return _table(("what", "limit", "setting"), rows)


def _errors() -> str:
    rows = [(f"`{code}`", what, f"`{more}`" if more else "") for code, (what, more) in sorted(codes().items())]
    return _table(("code", "when", "is a"), rows)


def codes() -> Mapping[str, tuple[str, str]]:
    """Every code that an answer may have, with what it means and the code of which it is a case."""
    ours = [kind for kind in _subclasses(WattgraphError) if kind.__module__.split(".")[0] in ("graph", "api")]
    classes = [kind for kind in ours if "code" in vars(kind)]
    descriptions = {kind.code: (_meaning(kind), _more_general(kind)) for kind in classes}
    return descriptions | {code: (text, "") for code, text in _constants().items()}


def _subclasses(kind: type[WattgraphError]) -> Iterator[type[WattgraphError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def _more_general(kind: type[WattgraphError]) -> str:
    parent = kind.__mro__[1]
    return "" if parent is WattgraphError else str(getattr(parent, "code", ""))


def _meaning(kind: type[WattgraphError]) -> str:
    """What the tree at the head of graph/errors.py says; else the docstring; else what its parent means."""
    text = _tree().get(kind.__name__) or _one_line((vars(kind).get("__doc__") or "").split("\n\n")[0])
    return text or _meaning(kind.__mro__[1])


@cache
def _tree() -> Mapping[str, str]:
    return dict(re.findall(r"── (\w+) {2,}(\S.*)$", graph.errors.__doc__ or "", re.M))


def _constants() -> Mapping[str, str]:
    """The codes of api/context/errors.py that are no classes: a constant each, with the string under it."""
    body = ast.parse(inspect.getsource(api.context.errors)).body
    return {
        ast.literal_eval(one.value): ast.literal_eval(doc.value)
        for one, doc in pairwise(body)
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Constant)
        if isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant)
        if re.fullmatch(r"[A-Z_]+", str(one.value.value))
    }


# ---- the fields of Query, Mutation and Subscription


@dataclass(frozen=True, slots=True)
class Group:
    """Fields of Query that belong together: those that it includes and no group before does."""

    title: str
    about: str
    includes: Callable[[str, GraphQLField], bool]


GROUPS = (
    Group(
        "One row",
        "By key or global id; null where the lens shows none.",
        lambda _, about: "key" in about.args,
    ),
    Group(
        "Evidence",
        "Who says what, where sources disagree, how far the data reach, and what changed.",
        lambda name, _: (
            name in ("statements", "conflicts", "coverage", "halfLives", "publisherRecord", "diff", "figure")
        ),
    ),
    Group(
        "Lists",
        "Pages of rows: `first` and `after` go forward, `last` and `before` backward; `totalCount` is exact.",
        lambda _, about: get_named_type(about.type).name.endswith("Connection"),
    ),
    Group(
        "Any object, and search",
        "By global id, whatever its kind; or by a name that is half remembered.",
        lambda name, _: name in ("node", "nodes", "search"),
    ),
    Group(
        "Lens and state of the data",
        "The lens and the data version of an answer.",
        lambda name, _: name in ("graph", "lens", "dataThrough", "dataVersion", "dataVersions"),
    ),
    Group(
        "Analysis",
        "What follows from many rows.",
        lambda *_: True,
    ),
)


def _root_sections(schema: GraphQLSchema) -> Iterator[Section]:
    query = schema.type_map["Query"]
    left = dict(query.fields)
    for group in GROUPS:
        names = [name for name, about in left.items() if group.includes(name, about)]
        group_fields = {name: left.pop(name) for name in names}
        if group_fields:
            yield _root_section(group.title, group.about, group_fields, "Query")
    for root in (schema.mutation_type, schema.subscription_type):
        if root is not None:
            yield _root_section(f"{root.name}s", root.description or "", root.fields, root.name)


def _root_section(title: str, about: str, fields: Mapping[str, GraphQLField], root: str) -> Section:
    lines = [_root_field(root, name, field) for name, field in fields.items()]
    return Section(title, "\n".join([f"{about}\n", *lines]), tuple(f"{root}.{name}" for name in fields))


def _root_field(root: str, name: str, field: GraphQLField) -> str:
    lines = [f"### {root}.{name}\n", f"{_one_line(field.description)} Gives {_type(field.type)}.\n"]
    if field.args:
        lines.append(_table(("argument", "type", "what"), map(_input_row, field.args, field.args.values())))
    example = example_of(name)
    return "\n".join(lines) + (f"\n```graphql\n{example.strip()}\n```\n" if example else "")


def example_of(name: str) -> str | None:
    """The document of tests/queries that shows a field: the one of its name, else the shortest that selects it."""
    matching = [text for stem, text in _examples().items() if name in _requested_fields(text)]
    named = [text for stem, text in _examples().items() if stem.replace("_", "") == name.lower() and text in matching]
    return min(named or matching, key=len, default=None)


@cache
def _examples() -> Mapping[str, str]:
    """Documents that need no variables, by name."""
    paths = sorted(DOCUMENTS.glob("*.graphql"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths if not path.with_suffix(".json").exists()}


@cache
def _requested_fields(document: str) -> frozenset[str]:
    """The fields of Query, or of a graph under a lens, that a document selects."""
    operations = [one for one in graphql.parse(document).definitions if isinstance(one, OperationDefinitionNode)]
    fields = [field for operation in operations for field in _fields_in(operation)]
    lensed = [one for field in fields if field.name.value == "graph" for one in _fields_in(field)]
    return frozenset(one.name.value for one in [*fields, *lensed])


def _fields_in(node: FieldNode | OperationDefinitionNode) -> list[FieldNode]:
    chosen = node.selection_set.selections if node.selection_set else ()
    return [one for one in chosen if isinstance(one, FieldNode)]


# ---- types


def _type_sections(schema: GraphQLSchema) -> Iterator[Section]:
    roots = {one.name for one in (schema.query_type, schema.mutation_type, schema.subscription_type) if one}
    named = sorted(schema.type_map.items())
    types = [type_ for name, type_ in named if not name.startswith("__") and name not in roots]
    objects = [one for one in types if isinstance(one, GraphQLObjectType | GraphQLInterfaceType)]
    pages = [one for one in objects if one.name.endswith(("Connection", "Edge"))]
    inputs = [one for one in types if isinstance(one, GraphQLInputObjectType)]
    wheres = [one for one in inputs if one.name.endswith(("Where", "Filter"))]
    yield _types("Objects", "", [one for one in objects if one not in pages], schema.query_type)
    yield _types("Pages", "", pages)
    yield _types("Filters", _FILTERS, wheres)
    yield _types("Other inputs", "", [one for one in inputs if one not in wheres])
    yield _types("Values to choose from", "", [one for one in types if isinstance(one, GraphQLEnumType)])
    yield _types("Scalars", "", [one for one in types if isinstance(one, GraphQLScalarType) and not _is_builtin(one)])


_FILTERS = """
All fields of an input have to hold. A field that is null is as if it were absent, so clients may send every field; rows
without a value are selected by `isNull: true`. A missing value is unequal to every value.
"""


def _is_builtin(type_: GraphQLNamedType) -> bool:
    return is_specified_scalar_type(type_)


def _types(
    title: str, about: str, types: Iterable[GraphQLNamedType], query: GraphQLObjectType | None = None
) -> Section:
    listed = list(types)
    sections = [_same_as_root(one, query) or _type_section(one) for one in listed]
    return Section(title, "\n".join([f"{about}\n", *sections]), tuple(one.name for one in listed))


def _same_as_root(type_: GraphQLNamedType, query: GraphQLObjectType | None) -> str | None:
    """Where all fields of a type are fields of Query as well: links to them, not the same text again."""
    if query is None or not isinstance(type_, GraphQLObjectType) or not type_.fields.keys() <= query.fields.keys():
        return None
    links = " · ".join(f"[{name}](#{anchor(f'{query.name}.{name}')})" for name in type_.fields)
    return f"### {type_.name}\n\n{_one_line(type_.description)} Its fields are those of Query: {links}.\n"


def _type_section(type_: GraphQLNamedType) -> str:
    lines = [f"### {type_.name}\n"]
    if type_.description:
        lines.append(f"{_one_line(type_.description)}\n")
    match type_:
        case GraphQLEnumType():
            rows = [(f"`{name}`", _meaning_of(type_, name)) for name in type_.values]
            lines.append(_table(("value", "meaning"), rows))
        case GraphQLInputObjectType():
            lines += ["Exactly one of these.\n"] if type_.is_one_of else []
            lines.append(_table(("field", "type", "what"), map(_input_row, type_.fields, type_.fields.values())))
        case GraphQLObjectType() | GraphQLInterfaceType():
            lines += _implements(type_)
            lines.append(_table(("field", "type", "what"), _field_rows(type_)))
    return "\n".join(lines)


def _meaning_of(type_: GraphQLEnumType, value: str) -> str:
    """A type of link is read as its ends declare."""
    if type_.name == "LinkType":
        return f"{LINKS[value].ends.reads}; backward: {LINKS[value].ends.reads_back}"
    return _one_line(type_.values[value].description)


def _implements(type_: GraphQLObjectType | GraphQLInterfaceType) -> list[str]:
    return [f"Is {' and '.join(_link(one.name) for one in type_.interfaces)}.\n"] if type_.interfaces else []


def _field_rows(type_: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[tuple[str, ...]]:
    """A row for each field, and under it one for each of its arguments."""
    for name, field in type_.fields.items():
        yield f"`{name}`", _type(field.type), _one_line(field.description)
        for argument, about in field.args.items():
            _, *cells = _input_row(argument, about)
            yield f"`{name}({argument}:)`", *cells


def _input_row(name: str, about: GraphQLArgument | GraphQLInputField) -> tuple[str, str, str]:
    default = "" if about.default_value is Undefined else f" Default: `{_value(about)}`."
    deprecated = f" Deprecated: {_one_line(about.deprecation_reason)}" if about.deprecation_reason else ""
    return f"`{name}`", _type(about.type), f"{_one_line(about.description)}{default}{deprecated}"


def _value(about: GraphQLArgument | GraphQLInputField) -> str:
    node = graphql.ast_from_value(about.default_value, about.type)
    return "null" if node is None else graphql.print_ast(node)


def _type(type_: Any) -> str:
    if _is_builtin(get_named_type(type_)):
        return f"`{type_}`"
    match type_:
        case GraphQLNonNull():
            return f"{_type(type_.of_type)}!"
        case GraphQLList():
            return f"\\[{_type(type_.of_type)}\\]"
        case _:
            return _link(type_.name)


def _link(name: str) -> str:
    return f"[{name}](#{anchor(name)})"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
