"""Libraries imported at their first use, also when several threads are first."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.concurrency.lazy_import import lazy_import


def test_a_library_is_imported_when_its_first_attribute_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lazy_example.py").write_text("answer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    example = lazy_import("lazy_example")
    assert "lazy_example" not in sys.modules
    assert example.answer == 42
    assert "lazy_example" in sys.modules
    with pytest.raises(AttributeError, match="question"):
        _ = example.question


def test_threads_that_come_together_all_see_the_whole_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_example.py").write_text("import time\ntime.sleep(0.2)\nanswer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    example = lazy_import("slow_example")
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: example.answer, range(8))) == [42] * 8


def test_a_library_that_is_missing_is_an_import_error_at_its_first_use() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        _ = lazy_import("no_such_library").answer
