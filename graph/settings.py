"""The settings of Wattgraph: one frozen object, read from the environment (`WATTGRAPH_…`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import BadSettings

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Each field is the environment variable `WATTGRAPH_<FIELD>`; its description is what the documentation prints."""

    model_config = SettingsConfigDict(env_prefix="WATTGRAPH_", frozen=True, extra="ignore")

    host: Annotated[str, Field(description="Address the service listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the service listens on.")] = 8000
    data: Annotated[Path, Field(description="Folder of the SQLite file of the embedded store.")] = Path("data")
    seeds: Annotated[Path, Field(description="Folder of the facts.")] = PROJECT / "seeds"
    public_reading: Annotated[bool, Field(description="Whether reading needs no token. Writing always needs one.")] = (
        True
    )
    neo4j_uri: Annotated[
        str | None,
        Field(
            pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://[^/\s]+$",
            description="Address of a Neo4j server, e.g. bolt://127.0.0.1:7687; switches to Neo4j.",
        ),
    ] = None
    neo4j_user: Annotated[str, Field(description="User name at Neo4j.")] = "neo4j"
    neo4j_password: Annotated[
        SecretStr | None, Field(description="Password at Neo4j; without one, no authentication.")
    ] = None
    neo4j_database: Annotated[str, Field(description="Name of the database in Neo4j.")] = "neo4j"
    neo4j_timeout: Annotated[float, Field(gt=0, le=600, description="Seconds that one read from Neo4j may take.")] = 5.0
    neo4j_write_timeout: Annotated[
        float, Field(gt=0, le=3600, description="Seconds that one write to Neo4j may take.")
    ] = 300.0


def read_settings(**given: object) -> Settings:
    """The settings of the environment; what is given (and not None) goes before it. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "WATTGRAPH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"{name} cannot be used: {first['msg']}.", remedy=f"Set {name} to a valid value.") from None
