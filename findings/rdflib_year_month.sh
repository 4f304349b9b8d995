#!/usr/bin/env bash
# rdflib 7.6.0: a SPARQL filter over xsd:gYearMonth or xsd:gYear finds nothing, without an error; MIN works.
#
# Months of contracts are xsd:gYearMonth. FILTER(?month < "2026-01"^^xsd:gYearMonth) drops every row in rdflib, since it
# has no order for the type and an error in a filter counts as false. MIN over the same values gives the
# right one, so the query looks as if it worked. pyoxigraph 0.5.13 finds the row.
#
# What helps: a bound as xsd:date beside the month, and filters on that.
#
# Seen on 2026-11-30, Python 3.11:
#   question           rdflib        pyoxigraph
#   month < 2026-01    []            ['a']
#   year < 2026        []            ['a']
#   date < 2026-01-01  ['a']         ['a']
#   MIN(month)         ['2025-11']   ['2025-11']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check rdflib==7.6.0 pyoxigraph==0.5.13

cat > "$folder/months.py" <<'PYTHON'
import pyoxigraph
import rdflib

PREFIXES = "PREFIX e: <urn:e:> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
TURTLE = PREFIXES.replace("PREFIX", "@prefix").replace("> @", "> .\n@") + """.
e:a e:month "2025-11"^^xsd:gYearMonth ; e:year "2025"^^xsd:gYear ; e:date "2025-11-01"^^xsd:date .
e:b e:month "2026-08"^^xsd:gYearMonth ; e:year "2026"^^xsd:gYear ; e:date "2026-08-01"^^xsd:date .
"""
QUESTIONS = {
    "month < 2026-01": 'SELECT ?x { ?x e:month ?m FILTER(?m < "2026-01"^^xsd:gYearMonth) }',
    "year < 2026": 'SELECT ?x { ?x e:year ?y FILTER(?y < "2026"^^xsd:gYear) }',
    "date < 2026-01-01": 'SELECT ?x { ?x e:date ?d FILTER(?d < "2026-01-01"^^xsd:date) }',
    "MIN(month)": "SELECT (MIN(?m) AS ?x) { ?s e:month ?m }",
}
graph = rdflib.Graph().parse(data=TURTLE, format="turtle")
store = pyoxigraph.Store()
store.load(TURTLE.encode(), format=pyoxigraph.RdfFormat.TURTLE)
print(f"{'question':<18} {'rdflib':<13} pyoxigraph")
seen = {}
for name, question in QUESTIONS.items():
    ours = [str(row[0]).removeprefix("urn:e:") for row in graph.query(PREFIXES + question)]
    theirs = [row[0].value.removeprefix("urn:e:") for row in store.query(PREFIXES + question)]
    print(f"{name:<18} {ours!s:<13} {theirs}")
    seen[name] = (ours, theirs)
assert seen == {
    "month < 2026-01": ([], ["a"]),
    "year < 2026": ([], ["a"]),
    "date < 2026-01-01": (["a"], ["a"]),
    "MIN(month)": (["2025-11"], ["2025-11"]),
}
PYTHON
"$folder/venv/bin/python" "$folder/months.py"
