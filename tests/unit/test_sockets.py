"""Unit tests reach nothing outside their process."""

import asyncio
import socket

import pytest
from pytest_socket import SocketBlockedError


def test_a_connection_over_tcp_is_refused() -> None:
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


def test_a_listener_on_tcp_is_refused() -> None:
    with pytest.raises(SocketBlockedError):
        socket.create_server(("127.0.0.1", 0))


def test_a_new_event_loop_has_the_pair_of_sockets_that_it_wakes_itself_with() -> None:
    assert asyncio.run(asyncio.sleep(0, "awake")) == "awake"


def test_two_ends_in_this_process_may_speak_over_a_unix_socket() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        one.sendall(b"hello")
        assert other.recv(5) == b"hello"
