"""The options of a lens, declared once for every command that reads through one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from cli.terminal import day_of
from graph.evidence.lens import DEFAULT_LENS, Certainty, Lens
from graph.vocabulary.enums import Confidence, Nature, Reliability


def option(name: str, type_: Any, help: str, default: Any = None, *, at_least: int | None = None) -> inspect.Parameter:
    """A keyword parameter that Typer reads as an option."""
    declared = typer.Option(help=help, min=at_least, show_default=default not in (None, (), []))
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[type_, declared]
    )


LENS_OPTIONS: Mapping[str, inspect.Parameter] = {
    one.name: one
    for one in (
        option("valid_on", str | None, "The day in the world, YYYY-MM-DD [default: today (UTC)]."),
        option("known_on", str | None, "The state of knowledge, YYYY-MM-DD [default: today (UTC)]."),
        option("min_confidence", Confidence | None, "Only statements of at least this confidence."),
        option("min_reliability", Reliability | None, "Only statements of sources of at least this grade."),
        option(
            "nature",
            list[Nature] | None,
            "Only statements of this nature; several times for several [default: STATED, REPORTED, DERIVED].",
        ),
        option("exclude_source", list[str] | None, "Without this source; several times for several."),
        option("certainty", Certainty, "CERTAIN: only what must hold on the day.", Certainty.POSSIBLE),
        option("scenario", str | None, "In this scenario; `wattgraph scenario` lists them."),
        option("overlay", bool, "With the private facts of WATTGRAPH_OVERLAY (docs/overlay.md).", False),
    )
}
"""Every field of a lens by the name of its option."""


def lens_from(values: Mapping[str, Any]) -> Lens:
    """The lens of these values of options; one that is missing is as in the default lens. Raises BadParameter for a
    day that is none."""
    return Lens(
        valid_on=day_of("--valid-on", values.get("valid_on")),
        known_on=day_of("--known-on", values.get("known_on")),
        min_confidence=values.get("min_confidence"),
        min_reliability=values.get("min_reliability"),
        natures=frozenset(values.get("nature") or DEFAULT_LENS.natures),
        exclude_sources=frozenset(values.get("exclude_source") or ()),
        certainty=values.get("certainty") or DEFAULT_LENS.certainty,
        scenario=values.get("scenario"),
        overlay=bool(values.get("overlay")),
    )


def with_lens_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Replaces the parameter `lens` of a command by the options of these names, or of the whole lens without names."""
    options = [LENS_OPTIONS[name] for name in names or LENS_OPTIONS]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**values: Any) -> None:
            lens = lens_from({one.name: values.pop(one.name) for one in options})
            command(lens=lens, **values)

        run.__signature__ = _signature(command, options)  # type: ignore[attr-defined]  # what Typer reads
        run.__annotations__ = {name: one.annotation for name, one in inspect.signature(run).parameters.items()}
        return run

    return decorate


def _signature(command: Callable[..., None], options: list[inspect.Parameter]) -> inspect.Signature:
    """Of the command, with the options at the place of `lens`."""
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    for name, one in inspect.signature(command).parameters.items():
        if name == "lens":
            parameters += options
        else:
            parameters.append(one.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
    return inspect.Signature(parameters)
