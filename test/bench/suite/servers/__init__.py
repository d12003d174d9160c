"""Every server that can be measured, by the name that `--against` knows it by."""

from .bare import Bare
from .base import Server
from .baton import Baton
from .go import Go
from .h2o import H2o
from .haproxy import Haproxy
from .nginx import Nginx
from .node import Node
from .small import CppHttplib, Pistache

KINDS: dict[str, type[Server]] = {
    "baton": Baton,
    "nginx": Nginx,
    "bare": Bare,
    "h2o": H2o,
    "haproxy": Haproxy,
    "go": Go,
    "node": Node,
    "cpp-httplib": CppHttplib,
    "pistache": Pistache,
}
PEERS = [name for name in KINDS if name != "baton"]
