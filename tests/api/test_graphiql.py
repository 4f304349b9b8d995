"""GraphiQL as it is served: a fixed table of files, made from a lock, under a strict policy; its examples answer."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from graphql import OperationDefinitionNode, parse

from api.app import create_app
from api.http.graphiql import ASSETS, POLICY, STATIC, Example, read_examples
from graph.settings import PROJECT, read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests.api.conftest import Ask, data_of

EXAMPLES = list(read_examples())
FOLDER = STATIC / "graphiql"
BUILT = ("graphiql.js", "graphiql.css", "LICENSES.txt")


class Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def client_with(store: EmbeddedStore, **settings: object) -> httpx.AsyncClient:
    app = create_app(read_settings(**settings), store)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


# ---- the page


async def test_the_page_takes_nothing_from_elsewhere_and_nothing_inline(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphiql")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    tags = Tags(answer.text).found
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]
    assert "style" not in {tag for tag, _ in tags}
    loaded = [attributes.get("src") or attributes["href"] for tag, attributes in tags if tag in ("script", "link")]
    assert loaded == ["data:,", "graphiql/graphiql.css", "graphiql/graphiql.js"]
    assert {path.removeprefix("graphiql/") for path in loaded[1:] if path} <= ASSETS.keys()


async def test_the_page_has_a_title_a_language_and_words_for_those_without_javascript(
    client: httpx.AsyncClient,
) -> None:
    text = (await client.get("/graphiql")).text
    assert "<title>Wattgraph: GraphiQL</title>" in text
    assert ("html", {"lang": "en"}) in Tags(text).found
    without = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "JavaScript" in without
    for path in re.findall(r'href="([^"]+)"', without):
        assert (await client.get(path)).status_code == 200, path


async def test_the_policy_allows_this_origin_alone() -> None:
    directives = {name: values for name, *values in (part.split() for part in POLICY.split("; "))}
    assert directives.pop("img-src") == ["'self'", "data:"]
    taken = {name for name, values in directives.items() if values == ["'self'"]}
    assert taken == {"script-src", "style-src", "connect-src"}
    nothing = {name for name, values in directives.items() if values == ["'none'"]}
    assert nothing == {"default-src", "base-uri", "form-action", "frame-ancestors"} == directives.keys() - taken


@pytest.mark.parametrize("path", ["/graphiql", *(f"/graphiql/{name}" for name in ASSETS)])
async def test_everything_is_guarded_and_answers_head(path: str, client: httpx.AsyncClient) -> None:
    for answer in (await client.get(path), await client.head(path)):
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-cache"
    assert (await client.post(path)).status_code == 405


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("graphiql.js", "text/javascript"), ("graphiql.css", "text/css"), ("examples.json", "application/json"),
     ("LICENSES.txt", "text/plain")],
)  # fmt: skip
async def test_each_file_has_its_type(name: str, media_type: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/graphiql/{name}")
    assert answer.headers["content-type"].split(";")[0] == media_type
    assert answer.content == ASSETS[name].content


async def test_what_a_client_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    page, script = await client.get("/graphiql"), await client.get("/graphiql/graphiql.js")
    assert page.headers["etag"] != script.headers["etag"]
    again = await client.get("/graphiql/graphiql.js", headers={"if-none-match": f"W/{script.headers['etag']}"})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == script.headers["etag"]
    other = await client.get("/graphiql/graphiql.js", headers={"if-none-match": page.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["index.html", "README.md", "SHA256SUMS", "source", "source/main.jsx", "source%2Fmain.jsx", "..%2F..%2Fapp.py",
     "%2Fetc%2Fpasswd", "graphiql.js%00", "GRAPHIQL.JS", "graphiql.js/", ""],
)  # fmt: skip
async def test_no_path_of_a_request_becomes_a_file(path: str, client: httpx.AsyncClient) -> None:
    # a stroke at the end is led to the address without one
    answer = await client.get(f"/graphiql/{path}")
    assert answer.status_code == (307 if path in ("", "graphiql.js/") else 404)


async def test_it_can_be_turned_off(seeded: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTGRAPH_GRAPHIQL", "0")
    async with client_with(seeded) as without:
        for path in ("/graphiql", *(f"/graphiql/{name}" for name in ASSETS)):
            assert (await without.get(path)).status_code == 404
        assert "/graphiql" not in (await without.get("/", headers={"Accept": "text/html"})).text
        assert (await without.post("/graphql", json={"query": "{ __typename }"})).status_code == 200


async def test_the_front_page_leads_to_it(client: httpx.AsyncClient) -> None:
    assert ("a", {"href": "/graphiql"}) in Tags((await client.get("/", headers={"Accept": "text/html"})).text).found


# ---- the examples


async def test_the_tabs_are_the_files(client: httpx.AsyncClient) -> None:
    served = (await client.get("/graphiql/examples.json")).json()
    assert served == [{"name": example.name, "query": example.query} for example in EXAMPLES]
    assert [example["name"] for example in served] == sorted(p.stem for p in (STATIC / "examples").iterdir())
    assert 5 <= len(served) <= 9


def _title(example: Example) -> str:
    """The name of its only operation: GraphiQL shows it on the tab."""
    [operation] = [node for node in parse(example.query).definitions if isinstance(node, OperationDefinitionNode)]
    assert operation.name is not None
    return operation.name.value


def test_every_tab_has_a_title_of_its_own() -> None:
    assert len({_title(example) for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
async def test_every_example_is_explained_and_answers(example: Example, ask: Ask) -> None:
    question, empty, explanation, *_ = example.query.splitlines()
    assert re.fullmatch(r"# \w.{10,}[.?]", question), "one line says what it is for"
    assert empty == "#"
    assert re.fullmatch(r"# \S.{10,}", explanation)
    data = await data_of(ask, example.query)
    assert [name for name, found in data.items() if not _rows(found)] == []


def _rows(found: Any) -> int:
    """How many values stand in it that are neither null nor an empty list, counts aside."""
    if isinstance(found, dict):
        return sum(_rows(value) for name, value in found.items() if name != "totalCount")
    return sum(map(_rows, found)) if isinstance(found, list) else found is not None


async def test_the_first_example_tells_who_hosts_microsoft(ask: Ask) -> None:
    found = (await data_of(ask, EXAMPLES[0].query))["links"]
    iren = next(node for node in found["nodes"] if node["key"] == "iren-microsoft-cloud")
    # IREN's 8-K of 2025-11-03: $9.7bn, 200 MW of critical IT load at Childress
    assert iren["site"]["name"] == "Childress"
    assert iren["value"]["amount"] == 9.7e9
    # 50 of them run, which the example tells by the stage
    wholes = [one for one in iren["capacities"] if one["stage"] is None and one["phase"] is None]
    assert [(one["mw"], one["basis"]) for one in wholes] == [(200, "CRITICAL_IT")]
    assert found["totalCount"] == len(found["nodes"]), "the list is whole"


async def test_the_example_of_two_dates_tells_two_states(ask: Ask) -> None:
    example = next(example for example in EXAMPLES if _title(example) == "TwoDatesSideBySide")
    found = await data_of(ask, example.query)
    tenants = {when: {node["key"]: node["target"]["name"] for node in found[when]["links"]["nodes"]} for when in found}
    # Oracle was named between the two days
    assert tenants["then"]["applied-digital-polaris-forge-2"] == "Unnamed tenant of Polaris Forge 2"
    assert tenants["later"]["applied-digital-polaris-forge-2"] == "Oracle"


async def test_the_example_of_rivals_shows_rivals_with_reasons(ask: Ask) -> None:
    example = next(example for example in EXAMPLES if _title(example) == "RivalsOfAValue")
    for contract in (await data_of(ask, example.query)).values():
        assert contract["alternatives"]
        assert all(rival["reason"] and rival["source"]["publisher"] for rival in contract["alternatives"])


# ---- where the files come from


def test_the_built_files_are_those_that_were_recorded() -> None:
    recorded = dict(
        reversed(line.split("  ")) for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    )
    assert recorded == {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in BUILT}


def test_the_built_files_are_small_and_lead_to_no_other() -> None:
    assert sum((FOLDER / name).stat().st_size for name in BUILT) < 2_000_000
    script, style = ((FOLDER / name).read_text(encoding="utf-8") for name in BUILT[:2])
    assert "sourceMappingURL" not in script + style
    assert set(re.findall(r"url\(['\"]?([^)]{0,15})", style)) == {"data:image/png;"}
    assert "@import" not in style
    assert "@font-face" not in style


LOCK = json.loads((FOLDER / "source" / "package-lock.json").read_text(encoding="utf-8"))


def test_the_lock_has_hashes_and_names_no_address() -> None:
    packages = {path: entry for path, entry in LOCK["packages"].items() if path}
    assert [path for path, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert "://" not in (FOLDER / "source" / "package-lock.json").read_text(encoding="utf-8")


def test_the_readme_tells_the_versions_of_the_lock() -> None:
    wanted = json.loads((FOLDER / "source" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    told = dict(re.findall(r"^\| `([^`]+)` \| (\S+) \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M))
    assert told == wanted == {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in wanted}


def test_every_package_in_the_script_has_its_licence() -> None:
    text = (FOLDER / "LICENSES.txt").read_text(encoding="utf-8")
    named = dict(re.findall(r"^==== (\S+) (\S+) \(", text, re.MULTILINE))
    assert {"graphiql", "@graphiql/react", "graphql", "graphql-ws", "codemirror", "react", "react-dom"} <= named.keys()
    assert named.items() <= {
        (path.split("node_modules/")[-1], entry["version"]) for path, entry in LOCK["packages"].items() if path
    }
    kinds = set(re.findall(r"^==== .* \(([^)]+)\)$", text, re.MULTILINE))
    assert kinds <= {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC"}


def test_make_builds_it_from_the_lock() -> None:
    recipe = (PROJECT / "Makefile").read_text(encoding="utf-8").split("\ngraphiql:")[1].split("\n\n")[0]
    assert "npm ci --ignore-scripts" in recipe
    assert "node build.mjs" in recipe
