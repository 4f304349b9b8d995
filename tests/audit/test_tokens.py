"""Tokens: what is kept of them, and which texts are good."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import pytest

from graph.audit.tokens import Token, TokenScope, authenticate, new_token
from graph.errors import BadInput

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _token(expires: date | None = None) -> tuple[Token, str]:
    return new_token("desk", TokenScope.EDITOR, expires, now=NOW)


def test_a_token_is_recognized_by_its_text_alone() -> None:
    (first, text), (second, other) = _token(), _token()
    assert authenticate(text, [first, second], NOW) == first
    assert authenticate(other, [first, second], NOW) == second
    assert authenticate(text, [second], NOW) is None


def test_two_tokens_share_neither_id_nor_secret_nor_salt() -> None:
    made = [_token() for _ in range(100)]
    assert len({token.id for token, _ in made}) == len({text.split("_", 2)[2] for _, text in made}) == 100
    assert len({token.secret_hash.split(":")[0] for token, _ in made}) == 100


def test_what_is_kept_holds_no_secret() -> None:
    token, text = _token()
    secret = text.split("_", 2)[2]
    assert len(secret) == 43  # 256 bits, six to a letter
    assert secret not in "".join(map(str, astuple(token)))
    assert token.secret_hash not in repr(token)


def test_a_changed_text_is_nobody() -> None:
    token, text = _token()
    for place in range(len(text)):
        wrong = text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]
        assert authenticate(wrong, [token], NOW) is None, place


@pytest.mark.parametrize("text", ["", "wg_", "wg__", "é", "\ud800", "wg_" + "a" * 100_000, "Bearer x", "wg_0_0"])
def test_any_other_text_is_nobody(text: str) -> None:
    assert authenticate(text, [_token()[0]], NOW) is None
    assert authenticate(text, [], NOW) is None


def test_a_token_is_good_until_its_day() -> None:
    token, text = _token(date(2026, 12, 1))
    assert authenticate(text, [token], datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)) == token
    assert authenticate(text, [token], datetime(2026, 12, 1, tzinfo=UTC)) is None


def test_a_revoked_token_is_nobody() -> None:
    token, text = _token()
    assert authenticate(text, [replace(token, revoked=NOW.isoformat())], NOW + timedelta(days=1)) is None


@pytest.mark.parametrize(("name", "expires"), [("", None), ("a\nb", None), ("x" * 101, None), ("desk", NOW.date())])
def test_a_token_needs_a_name_and_a_day_to_come(name: str, expires: date | None) -> None:
    with pytest.raises(BadInput):
        new_token(name, TokenScope.READER, expires, now=NOW)


def test_each_scope_covers_reading_and_itself_alone() -> None:
    """An editor is not shown private facts, and who reads these does not write."""
    covered = {(one, other): one.covers(other) for one in TokenScope for other in TokenScope}
    assert {pair for pair, covers in covered.items() if not covers} == {
        (TokenScope.READER, TokenScope.EDITOR),
        (TokenScope.READER, TokenScope.OVERLAY),
        (TokenScope.EDITOR, TokenScope.OVERLAY),
        (TokenScope.OVERLAY, TokenScope.EDITOR),
    }


def test_a_stored_admin_token_is_an_editor() -> None:
    """The scope was removed, because no rule told it from EDITOR; tokens that have it stay good."""
    assert TokenScope("ADMIN") is TokenScope.EDITOR
    with pytest.raises(ValueError, match="OWNER"):
        TokenScope("OWNER")


def test_wrong_texts_take_the_same_time() -> None:
    """Unknown id, wrong secret, expired: in turns, so that a busy machine hits all alike; the least of each counts."""
    token, text = _token()
    old, late = _token(date(2026, 11, 24))
    wrong = {"id": f"wg_{'0' * 12}{text[15:]}", "secret": text[:-3] + "AAA", "expired": late}
    least = dict.fromkeys(wrong, 1.0)
    for _ in range(2_000):
        for name, given in wrong.items():
            start = perf_counter()
            assert authenticate(given, [token, old], NOW + timedelta(days=9)) is None
            least[name] = min(least[name], perf_counter() - start)
    assert max(least.values()) / min(least.values()) < 1.5, least
