"""Which store: Neo4j where its address is set, else the embedded one."""

from __future__ import annotations

import asyncio

from graph.errors import BadSettings
from graph.seeding.overlay_files import Overlay
from graph.seeding.scenario_files import read_scenarios
from graph.settings import Settings
from graph.stores.base import Store
from graph.stores.embedded.store import EmbeddedStore


async def open_store(settings: Settings, *, serves: bool = False) -> Store:
    """Opens the store of the settings, with the scenarios of the facts, and with the private overlay, which is read
    when it is first asked for. One that `serves` keeps what its reads go on from in an outage. Raises BadSettings,
    StoreError."""
    scenarios = await asyncio.to_thread(read_scenarios, settings.seeds, settings.facts_file_bytes)
    overlay = Overlay(settings.overlay, settings.facts_file_bytes)
    if settings.neo4j_uri is None:
        return await EmbeddedStore.open(
            settings.data, max_lenses=settings.limit_lenses, scenarios=scenarios, overlay=overlay
        )
    try:
        # here, because the driver is an extra: without it the embedded store works
        from graph.stores.neo4j.store import Neo4jStore
    except ModuleNotFoundError:
        raise BadSettings(
            "WATTGRAPH_NEO4J_URI is set, but the driver of Neo4j is not installed.",
            remedy="Install it with: pip install 'wattgraph[neo4j]'.",
        ) from None
    spare_statements = settings.neo4j_spare_statements if serves else 0
    return await Neo4jStore.open(settings, scenarios=scenarios, overlay=overlay, spare_statements=spare_statements)
