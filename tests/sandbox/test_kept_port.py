"""A port that a process is told of before it binds it belongs to that process only."""

from __future__ import annotations

import socket

import pytest

from sandbox.kept_port import kept_port


def listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


def test_who_is_told_of_it_listens_on_it_again_and_again() -> None:
    with kept_port() as port:
        for _ in range(3):
            with listening(port), socket.create_connection(("127.0.0.1", port)) as connection:
                assert ("127.0.0.1", port) == connection.getpeername()


def test_until_somebody_listens_it_refuses_connections() -> None:
    with kept_port() as port, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_whoever_does_not_ask_for_it_by_name_is_given_another() -> None:
    with kept_port() as port, socket.socket() as other:
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with kept_port() as another:
            assert port != another
