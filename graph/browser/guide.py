"""The guide of Neo4j Browser: ten slides with saved queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from graph.browser.addresses import QUERIES, SHOW_RESULT_ONLY, use_style
from graph.browser.style import EVIDENCE_FILL, ORGANIZATION_FILLS, text_on, token
from graph.evidence.firmness import Firmness
from graph.exports.templates import render_template
from graph.vocabulary.enums import KIND_PRECEDENCE
from graph.vocabulary.wording import words

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A file of `queries/`: a line each of title, question and what to look at, then one statement in Cypher."""

    name: str
    title: str
    question: str
    look_at: str
    cypher: str

    @property
    def text(self) -> str:
        """The whole file; Browser names a favourite by its first line."""
        return "".join(f"// {line}\n" for line in (self.title, self.question, self.look_at)) + self.cypher


@dataclass(frozen=True, slots=True)
class Slide:
    title: str
    queries: tuple[str, ...]


SLIDES = (
    Slide("Start with one company", ("iren_neighbours", "iren_contracts")),
    Slide("Who hosts whom", ("who_hosts_whom", "largest_contracts")),
    Slide("Nvidia's reach", ("nvidia_reach", "nvidia_chips")),
    Slide("Backstops", ("backstops", "backstop_caps")),
    Slide("Circular money", ("circular_money", "circular_chains")),
    Slide("Single points of failure", ("one_provider", "one_customer")),
    Slide("The source of any arrow", ("source_of_an_edge", "statements_of_an_edge", "disagreements")),
    Slide("What is not firm", ("beyond_firm", "lapsed")),
    Slide("Debts", ("debts", "maturities")),
    Slide("Graph Data Science, projected right", ("gds_pagerank", "gds_betweenness")),
)


@cache
def saved_queries() -> Mapping[str, SavedQuery]:
    """By name, in the order of their files."""
    return {path.stem: _read(path) for path in sorted((HERE / "queries").glob("*.cypher"))}


def _read(path: Path) -> SavedQuery:
    *head, cypher = path.read_text(encoding="utf-8").split("\n", 3)
    title, question, look_at = (line.removeprefix("// ") for line in head)
    return SavedQuery(path.stem, title, question, look_at, cypher)


def write_guide(api: str) -> str:
    """The guide as HTML of Neo4j Browser; `api` is the address under which Browser reaches the service."""
    queries = saved_queries()
    slides = [(slide.title, [queries[name] for name in slide.queries]) for slide in SLIDES]
    return render_template(
        HERE / "templates" / "guide.html.j2",
        slides=slides,
        legend=_legend(),
        commands=(SHOW_RESULT_ONLY, use_style(api)),
        queries_at=f"{api}{QUERIES}",
    )


def _legend() -> list[tuple[str, str, str]]:
    """What a colour stands for, the colour, and that of letters on it."""
    kinds = [(words(kind), ORGANIZATION_FILLS[kind]) for kind in KIND_PRECEDENCE]
    contracts = [(f"contract, {words(one)}", token(one.lower())) for one in Firmness]
    evidence = [("statement, source, observation", token(EVIDENCE_FILL))]
    return [(name, fill, text_on(fill)) for name, fill in (*kinds, *contracts, *evidence)]
