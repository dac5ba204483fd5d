"""A wire to PostgreSQL that is cut when the server has committed and before the client hears of it."""

from __future__ import annotations

import socket
import threading
from types import TracebackType


class CutWire:
    """Listens on a port of its own; the `nth` COMMIT goes through, its answer does not."""

    def __init__(self, host: str, port: int, *, nth: int) -> None:
        self._to, self._left = (host, port), nth
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CutWire:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        # A request, then its answer: nothing here is pipelined but a pair of messages in one packet.
        with client, socket.create_connection(self._to) as server:
            back = threading.Thread(target=_pour, args=(server, client), daemon=True)
            back.start()
            while asked := _read(client):
                if b"COMMIT" in asked and not self.cut:
                    self._left -= 1
                    if self._left == 0:
                        self.cut = True
                        client.shutdown(socket.SHUT_RDWR)  # the answer has nowhere to go
                        server.sendall(asked)
                        back.join(5)
                        return
                server.sendall(asked)
            server.shutdown(socket.SHUT_RDWR)


def _pour(server: socket.socket, client: socket.socket) -> None:
    try:
        while answer := _read(server):
            client.sendall(answer)
    except OSError:
        return


def _read(end: socket.socket) -> bytes:
    try:
        return end.recv(65536)
    except OSError:
        return b""
