"""The default congestion control of a network namespace."""
import fcntl
from pathlib import Path

from . import state
from .process import Failed

ALLOWED = Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")  # of this machine; namespaces have no list of their own


def set_default(host, name: str):
    """Of new sockets in the host.

    A namespace may only have a default that the machine allows to everybody. A route with `congctl` needs no permission, but
    overrides what a program asks for with TCP_CONGESTION before it connects; so the list is extended for the moment of setting.
    """
    setting = "/proc/sys/net/ipv4/tcp_congestion_control"

    def try_it():
        host.run(["sh", "-c", f"echo {name} > {setting}"], check=False)
        return host.run(["cat", setting]).stdout.strip() == name

    if try_it():
        return
    state.ROOT.mkdir(parents=True, exist_ok=True)
    with open(state.ROOT / ".congestion.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        allowed = ALLOWED.read_text().split()
        try:
            ALLOWED.write_text(" ".join([*allowed, name]))
        except OSError as refused:
            raise Failed(f"this machine's kernel has no congestion control '{name}'") from refused
        try:
            if not try_it():
                raise Failed(f"host {host.name} cannot have '{name}' as its default congestion control")
        finally:
            ALLOWED.write_text(" ".join(allowed))
