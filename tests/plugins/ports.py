"""Find an address on this machine that nobody has."""

import socket
from contextlib import closing


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
