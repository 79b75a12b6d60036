"""Two hosts with libvirt on one machine, the link between them, and guests that watch themselves. See README.md."""
import sys

sys.dont_write_bytecode = True
from .domain import Disk  # noqa: E402,F401
from .guest import Guest, Health, Load  # noqa: E402,F401
from .host import Host  # noqa: E402,F401
from .link import Veth, Wan  # noqa: E402,F401
from .pair import Lab  # noqa: E402,F401
from .process import Failed, wait_until  # noqa: E402,F401
