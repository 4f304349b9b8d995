"""Another program answers under other tags: a browser must not take an old page for the new one."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.context import program
from api.execution import response_cache
from api.http import reports


@pytest.fixture(autouse=True)
def read_anew() -> None:
    program.program_version.cache_clear()


def test_the_program_is_another_where_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "api"
    package.mkdir()
    (package / "page.css").write_text("a { color: red }")
    monkeypatch.setattr(program, "_PACKAGES", (package,))
    seen = [program.program_version()]
    for name, text in (("page.css", "a { color: blue }"), ("notes.j2", "new"), ("notes.txt", "no part of the program")):
        (package / name).write_text(text)
        program.program_version.cache_clear()
        seen.append(program.program_version())
    assert len(set(seen)) == 3
    assert seen[2] == seen[3]


@pytest.mark.parametrize(
    "address", ["/reports/guarantees", "/reports/guarantees.csv", "/graphql?query={ dataThrough }"]
)
@pytest.mark.slow
async def test_answers_of_another_program_have_another_tag(
    address: str, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await client.get(address)).headers["etag"]
    for module in (reports, response_cache):
        monkeypatch.setattr(module, "program_version", lambda: "another program")
    after = await client.get(address, headers={"If-None-Match": before})
    assert (after.status_code, after.headers["etag"] == before) == (200, False)
