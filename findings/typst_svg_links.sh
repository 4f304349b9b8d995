#!/usr/bin/env bash
# typst 0.15.2: links inside an SVG that `image` places are dropped from the PDF, without a warning.
#
# A chart whose bars are wrapped in `<a href>` can be clicked in a browser. The same file, placed in a document by
# `#image("chart.svg")`, looks the same in the PDF and holds no link annotation; the compiler has nothing to say about
# it. `#link(address)[#image("chart.svg")]` makes one link of the whole picture.
#
# What helps: give the reader one link around the picture, and the addresses of its numbers in a table beside it.
#
# Seen on 2026-12-01, Python 3.11, read back with pypdf 7.1.1:
#   links of the SVG itself:   [], warnings: 0
#   link around the picture:   ['https://example.org/around'], warnings: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2 pypdf==7.1.1

cat > "$folder/chart.svg" <<'SVG'
<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">
  <a href="https://example.org/inside"><rect width="100" height="40" fill="teal"/></a>
</svg>
SVG

cat > "$folder/links.py" <<'PYTHON'
import io
import pathlib
import sys

import typst
from pypdf import PdfReader

folder = pathlib.Path(sys.argv[1])


def links(document):
    source = folder / "document.typ"
    source.write_text(document)
    pdf, warnings = typst.compile_with_warnings(str(source))
    notes = [note.get_object() for page in PdfReader(io.BytesIO(pdf)).pages for note in page.get("/Annots", [])]
    return [str(note["/A"]["/URI"]) for note in notes], len(warnings)


inside = links('#image("chart.svg")')
around = links('#link("https://example.org/around")[#image("chart.svg")]')
print(f"links of the SVG itself:   {inside[0]}, warnings: {inside[1]}")
print(f"link around the picture:   {around[0]}, warnings: {around[1]}")
assert inside == ([], 0)
assert around == (["https://example.org/around"], 0)
PYTHON
"$folder/venv/bin/python" "$folder/links.py" "$folder"
