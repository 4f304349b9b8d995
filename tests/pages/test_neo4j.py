"""The pages over Neo4j: what a browser gets there is what the embedded store gives."""

from __future__ import annotations

from api.app import create_app
from api.context.store_provider import StoreProvider
from graph.settings import read_settings
from graph.stores.embedded.store import EmbeddedStore
from tests.pages.conftest import BROWSER, client_over

ADDRESSES = (
    "/",
    "/organizations/hut8",
    "/links/iren-microsoft-cloud",
    "/graph.json",
    "/graph.csv?validOn=2025-09-30&knownOn=2025-09-30",
)


async def test_pages_over_neo4j_are_those_of_the_embedded_store(
    neo4j_provider: StoreProvider, seeded: EmbeddedStore
) -> None:
    settings = read_settings(deadline=600)
    embedded, neo4j = create_app(settings, seeded), create_app(settings, neo4j_provider.store)
    async with client_over(embedded) as of_embedded, client_over(neo4j) as of_neo4j:
        for address in ADDRESSES:
            expected = await of_embedded.get(address, headers=BROWSER)
            answer = await of_neo4j.get(address, headers=BROWSER)
            assert (answer.status_code, answer.text == expected.text) == (200, True), address
