"""Links as rows of a document's table: parties, status, megawatts by basis, value; each figure with what says it."""

from __future__ import annotations

from graph.exports.documents.model import CellEvidence, DocumentCell, DocumentColumn, DocumentRow
from graph.reports.citations import STATUS_PROPERTIES, LinkLine
from graph.vocabulary.values import CapacityBasis
from graph.vocabulary.wording import bound_sign, dollars, words

LINK_COLUMNS = (
    DocumentColumn("from", "From"),
    DocumentColumn("reads", "Link"),
    DocumentColumn("to", "To"),
    DocumentColumn("type", "Type", detail=True),
    DocumentColumn("layer", "Layer", detail=True),
    DocumentColumn("status", "Status"),
    DocumentColumn("commitment", "Commitment"),
    DocumentColumn("service_state", "Service", detail=True),
    *(DocumentColumn(f"mw_{basis.lower()}", words(basis).capitalize(), "MW", digits=1) for basis in CapacityBasis),
    DocumentColumn("value", "Value", "stated currency"),
    DocumentColumn("currency", "Currency", detail=True),
    DocumentColumn("firm_value_usd", "Firm", "USD", detail=True),
    DocumentColumn("announced", "Announced"),
)


def link_row(line: LinkLine, **before: str) -> DocumentRow:
    value = line.value
    of_link = CellEvidence((line.key,), STATUS_PROPERTIES)
    cells = {
        **{name: DocumentCell(text) for name, text in before.items()},
        "from": DocumentCell(line.source.name, target=line.source.key),
        "reads": DocumentCell(line.reads),
        "to": DocumentCell(line.target.name, target=line.target.key),
        "type": DocumentCell(line.type, words(line.type)),
        "layer": DocumentCell(line.layer, words(line.layer)),
        "status": DocumentCell(line.status, words(line.status) or "unstated"),
        "commitment": DocumentCell(line.commitment, words(line.commitment)),
        "service_state": DocumentCell(line.service_state, words(line.service_state)),
        "announced": DocumentCell(line.announced),
        **{
            f"mw_{one.basis.lower()}": DocumentCell(
                one.mw,
                bound=one.bound,
                evidence=CellEvidence((line.key,), frozenset({f"capacities/{one.basis}"}), figure=one.figure),
            )
            for one in line.megawatts
        },
    }
    if value:
        evidence = CellEvidence((line.key,), frozenset({"value", "value_firm_usd"}), figure=value.figure)
        shown = f"{bound_sign(value.bound)}{dollars(value.amount)} {value.currency}"
        cells["value"] = DocumentCell(value.amount, shown, bound=value.bound, evidence=evidence)
        cells["currency"] = DocumentCell(value.currency)
        cells["firm_value_usd"] = DocumentCell(value.firm_usd)
    return DocumentRow(cells, line.key, of_link)
