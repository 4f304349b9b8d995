"""A private overlay over the small world of `tests/facts.py`, every text of which has one word that stands nowhere
else."""

from __future__ import annotations

from pathlib import Path

from graph.seeding.overlay_files import Overlay

CANARY = "quokkanary"
"""In keys, names, notes, addresses of the overlay, in whatever case."""
AMOUNT = "1234567891"
"""The private value of the lease; 3 dollars and the like would stand elsewhere too."""
FIGURES = (AMOUNT, "7654321987")

FILES = {
    "sources.yaml": """
- {id: quokkanary-call, url: 'https://quokkanary.example/call', publisher: Quokkanary Research, title: Quokkanary call,
   published: '2026-11-20', retrieved: '2026-11-21', kind: OTHER, origin: quokkanary}
""",
    "organizations.yaml": """
- id: quokkanary-labs
  claims: [{says: {name: Quokkanary Labs, kinds: [OTHER], country: US}, sources: [quokkanary-call], confidence: high}]
""",
    "sites.yaml": """
- {id: quokkanary-park, claims: [{says: {name: Quokkanary Park}, sources: [quokkanary-call], confidence: high}]}
""",
    "deals.yaml": """
- {id: quokkanary-deal, name: Quokkanary deal, announced: '2026-11-20', sources: [quokkanary-call]}
""",
    "debts.yaml": """
- id: quokkanary-notes
  claims:
    - says: {issuer: host, instrument: NOTES, value_usd: 7654321987, issued: '2026-06', maturity: 2031-06}
      sources: [quokkanary-call]
      confidence: high
""",
    "observations.yaml": """
- id: quokkanary-backlog
  subject: host
  metric: BACKLOG
  claims:
    - says: {value: 7654321987, unit: USD, as_of: '2026-09', basis: ACTUAL}
      sources: [quokkanary-call]
      confidence: high
""",
    "links/provides_capacity.yaml": """
- id: lease
  type: PROVIDES_CAPACITY
  from: host
  to: cloud
  claims:
    - {says: {value_usd: 1234567891}, sources: [quokkanary-call], confidence: high, as_of: '2026-11-20',
       note: A quokkanary note}
    - {says: {term_years: 12}, sources: [quokkanary-call], confidence: low}
- id: quokkanary-lease
  type: PROVIDES_CAPACITY
  from: host
  to: quokkanary-labs
  site: quokkanary-park
  deal: quokkanary-deal
  claims:
    - says: {announced: '2026-11-20', service: LEASE, status: SIGNED, commitment: FIRM, value_usd: 7654321987,
             capacities: [{mw: 77, basis: CRITICAL_IT}]}
      sources: [quokkanary-call]
      confidence: high
""",
}


def write_overlay(folder: Path, **files: str) -> Path:
    """The folder `private` in `folder` with the files of the overlay; others by their stem, links/x as links_x."""
    texts = FILES | {f"{stem.replace('links_', 'links/')}.yaml": text for stem, text in files.items()}
    for name, text in texts.items():
        path = folder / "private" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "private"


def overlay_in(folder: Path, **files: str) -> Overlay:
    return Overlay(write_overlay(folder, **files))
