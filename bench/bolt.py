"""Bolt 5.4 by hand, as little of it as the measurements need: what a driver adds would be measured too."""

import socket
import struct

HELLO, LOGON, BEGIN, RUN, PULL, RESET = 0x01, 0x6A, 0x11, 0x10, 0x3F, 0x0F
SUCCESS, RECORD, IGNORED, FAILURE = 0x70, 0x71, 0x7E, 0x7F


def packed(value):
    if isinstance(value, dict):
        return bytes([0xA0 | len(value)]) + b"".join(packed(key) + packed(item) for key, item in value.items())
    if isinstance(value, str):
        return b"\xd1" + struct.pack(">H", len(value.encode())) + value.encode()
    return b"\xcb" + struct.pack(">q", value)


class Bolt:
    def __init__(self, address, user, password):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(bytes.fromhex("6060b017" + "00000405" + "00000000" * 3))
        self.input = self.socket.makefile("rb", buffering=1 << 20)
        assert self.input.read(4) == bytes.fromhex("00000405")
        self.send(HELLO, {"user_agent": "bench/1"})
        self.reply()
        self.send(LOGON, {"scheme": "basic", "principal": user, "credentials": password})

    def send(self, tag, *fields):
        body = bytes([0xB0 | len(fields), tag]) + b"".join(map(packed, fields))
        self.socket.sendall(struct.pack(">H", len(body)) + body + b"\0\0")

    def reply(self):
        """The kind of the next message."""
        tag = None
        while True:
            (length,) = struct.unpack(">H", self.input.read(2))
            if length:
                chunk = self.input.read(length)
                tag = chunk[1] if tag is None else tag
            elif tag is not None:
                return tag

    def close(self):
        self.socket.close()
