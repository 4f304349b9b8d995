"""A small world to derive answers from by hand, and a way to write seeds into a folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from graph.evidence.lens import Lens
from graph.evidence.log import StatementLog
from graph.evidence.policy import exclusion_reason, is_known
from graph.evidence.statements import Statement
from graph.seeding.reader import read_seeds
from graph.seeding.scenario_files import Scenarios, read_scenarios

TODAY = date(2026, 11, 30)

SOURCES = """
- {id: filing, url: 'https://example.org/filing', publisher: Regulator, title: A filing, published: '2026-01-10',
   retrieved: '2026-11-01', kind: FILING, origin: filing}
- {id: release, url: 'https://example.org/release', publisher: Host, title: A release, published: '2026-01-12',
   retrieved: '2026-11-01', kind: PRESS_RELEASE, origin: release}
- {id: news, url: 'https://example.org/news', publisher: Paper, title: News, published: '2026-02-01',
   retrieved: '2026-11-01', kind: NEWS, origin: news}
- {id: reprint, url: 'https://example.org/reprint', publisher: Other Paper, title: Reprint, published: '2026-02-03',
   retrieved: '2026-11-01', kind: NEWS, origin: news}
- {id: blog, url: 'https://example.org/blog', publisher: Blog, title: A post, published: null,
   retrieved: '2026-11-01', kind: OTHER, origin: blog}
- {id: late, url: 'https://example.org/late', publisher: Regulator, title: A later filing, published: '2026-06-20',
   retrieved: '2026-11-01', kind: FILING, origin: late}
"""

ORGANIZATIONS = """
- {id: host, claims: [{says: {name: Host Corp, kinds: [AI_HOST], country: US}, sources: [filing], confidence: high}]}
- id: cloud
  claims: [{says: {name: Cloud Inc, kinds: [NEOCLOUD], country: 'NO'}, sources: [filing], confidence: high}]
- {id: lab, claims: [{says: {name: Lab, kinds: [AI_LAB]}, sources: [news], confidence: high}]}
- id: unnamed
  claims: [{says: {name: Unnamed tenant, kinds: [OTHER], placeholder: true}, sources: [filing], confidence: high}]
"""

SITES = """
- {id: campus, claims: [{says: {name: Campus, country: US}, sources: [filing], confidence: high}]}
"""

LEASE = """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  site: campus
  claims:
    - says: {announced: '2026-01-10', service: LEASE, status: SIGNED, commitment: FIRM, value_usd: 1000000000,
             term_years: 10}
      sources: [filing]
      confidence: high
"""

DEBTS = """
- id: notes
  claims:
    - says: {issuer: cloud, instrument: NOTES, value_usd: 300000000, issued: '2026-06', maturity: 2031-06,
             secured_by: [lease]}
      sources: [late]
      confidence: high
"""

EVENTS = """
- id: opening
  kind: SITE_MILESTONE
  subjects: [campus, cloud]
  claims: [{says: {date: '2026-03-10', name: Campus opens}, sources: [late], confidence: high}]
"""

OBSERVATIONS = """
- id: backlog
  subject: host
  metric: BACKLOG
  counterparty: cloud
  claims:
    - says: {value: 1000000000, unit: USD, as_of: '2026-06', basis: ACTUAL}
      sources: [late]
      confidence: high
"""


def file_name(stem: str) -> str:
    return stem if stem.endswith(".yml") else f"{stem.replace('links_', 'links/')}.yaml"


def write(folder: Path, **files: str) -> Path:
    """Seeds of the small world in `folder`; a file is named by its stem, links/x as links_x. None leaves it out."""
    texts = {
        "sources": SOURCES,
        "organizations": ORGANIZATIONS,
        "sites": SITES,
        "links_provides_capacity": LEASE,
    } | files
    for stem, text in texts.items():
        path = folder / "seeds" / file_name(stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "seeds"


def log_of(folder: Path, **files: str) -> StatementLog:
    return read_seeds(write(folder, **files))


def scenarios_of(folder: Path, text: str) -> Scenarios:
    """The scenarios of a file beside the seeds in `folder`."""
    place = folder / "seeds" / "scenarios"
    place.mkdir(parents=True, exist_ok=True)
    (place / "some.yaml").write_text(text, encoding="utf-8")
    return read_scenarios(folder / "seeds")


def lens(valid_on: str = "2026-11-30", known_on: str = "2026-11-30", **more: object) -> Lens:
    return Lens(date.fromisoformat(valid_on), date.fromisoformat(known_on), **more)  # type: ignore[arg-type]


def counting_statements(log: StatementLog, lens: Lens) -> list[Statement]:
    """Those that are known and count under the lens."""
    known = (one for one in log.statements if is_known(one, lens))
    return [one for one in known if exclusion_reason(one, log.sources[one.source], lens) is None]
