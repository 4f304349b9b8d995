"""The notebook of the docs runs from top to bottom. `WATTGRAPH_TEST_UPDATE_DOCS=1` writes what it shows anew.

It is kept with what it shows, so that a reader on the web sees it, and without what changes from run to run: no counts
of runs, no times, tables as plain text alone. Texts are compared, pictures only have to be there: another version of
the library draws them a little otherwise."""

from __future__ import annotations

import os
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from graph.settings import PROJECT
from graph.stores.embedded.store import EmbeddedStore
from tests.api.live_server import inside

NOTEBOOK = PROJECT / "docs" / "notebook.ipynb"
UPDATE = os.environ.get("WATTGRAPH_TEST_UPDATE_DOCS") == "1"
_SHOWN = ("text/plain", "image/svg+xml")


@pytest.mark.slow
async def test_the_notebook_shows_what_it_is_kept_with(seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = nbformat.read(NOTEBOOK, as_version=4)
    run = nbformat.read(NOTEBOOK, as_version=4)
    async with inside(seeded, deadline=600) as server:
        monkeypatch.setenv("SERVICE", server.url)
        await NotebookClient(run, timeout=300, resources={"metadata": {"path": str(PROJECT)}}).async_execute()
    _tidy(run)
    if UPDATE:
        nbformat.write(run, NOTEBOOK)
    else:
        assert _texts(run) == _texts(kept)
        assert _pictures(run) == _pictures(kept) > 0


def _tidy(notebook: Any) -> None:
    """Remove what changes from run to run."""
    for cell in notebook.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                output.pop("execution_count", None)
                if output.output_type == "execute_result":
                    output.execution_count = None
                if "data" in output:
                    output.data = {media: output.data[media] for media in _SHOWN if media in output.data}
                    output.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def _outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def _texts(notebook: Any) -> list[str]:
    return [output.get("text") or output.data["text/plain"] for output in _outputs(notebook)]


def _pictures(notebook: Any) -> int:
    return sum("image/svg+xml" in output.get("data", ()) for output in _outputs(notebook))
