"""The licence of the facts, which every export and every report states."""

from __future__ import annotations

from dataclasses import dataclass

from graph.vocabulary.values import Json


@dataclass(frozen=True, slots=True)
class FactsLicence:
    """What whoever uses the facts has to name: `attribution`, and the licence by its name and address."""

    attribution: str
    name: str
    url: str

    @property
    def sentence(self) -> str:
        return f"Facts: {self.attribution}, {self.name} ({self.url})."

    def to_json(self) -> Json:
        return {"attribution": self.attribution, "name": self.name, "url": self.url}


FACTS_LICENCE = FactsLicence("Wattgraph", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
