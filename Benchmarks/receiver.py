"""A syslog receiver over TCP on loopback that keeps all it gets, for one run."""
import contextlib
import socket
import threading
import time


class Receiver:
    """Takes one connection after the other. What came is kept in memory, as a file would be written to the disk that
    the sender synchronizes its own on."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lines = 0
        self.connections = []
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            chunks = []
            self.connections.append(chunks)
            with connection, contextlib.suppress(ConnectionError):
                while chunk := connection.recv(1 << 20):
                    chunks.append(chunk)
                    self.lines += chunk.count(b"\n")

    def wait(self, lines, seconds=10):
        """Waits for what is still in the kernel after the sender's end."""
        end = time.monotonic() + seconds
        while self.lines < lines and time.monotonic() < end:
            time.sleep(0.001)

    def chunks(self):
        """What came, connection by connection. A message that one tore is a line of its own."""
        for chunks in self.connections:
            yield from chunks
            if chunks and not chunks[-1].endswith(b"\n"):
                yield b"\n"

    @property
    def bytes(self):
        return sum(len(chunk) for chunks in self.connections for chunk in chunks)
