"""The socket that the service listens on."""

from __future__ import annotations

import socket

import pytest

from api.server import listen
from graph.errors import BadSettings
from graph.settings import read_settings


def test_answers_are_not_held_back_on_a_connection_that_is_kept_open() -> None:
    with listen(read_settings(port=0)) as line, socket.create_connection(line.getsockname()):
        accepted, _ = line.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_told_with_a_remedy() -> None:
    with listen(read_settings(port=0)) as line, pytest.raises(BadSettings, match="another --port"):
        listen(read_settings(port=line.getsockname()[1]))
