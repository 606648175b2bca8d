"""Reads messages of protocol buffers whose fields are texts and messages shorter than 128 bytes."""


def fields(message: bytes) -> list[tuple[int, bytes]]:
    """The number and the content of each field."""
    found = []
    while message:
        key, length = message[0], message[1]
        found.append((key >> 3, message[2 : 2 + length]))
        message = message[2 + length :]
    return found
