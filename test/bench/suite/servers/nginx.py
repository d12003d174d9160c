"""nginx with `return`, files as Debian sets it up (`cache`: with open_file_cache), and TLS."""

import os

from ..machine import descriptors, first_line
from ..place import Place
from .base import Server

_CACHE = """open_file_cache max=1000 inactive=60s;
  open_file_cache_valid 30s;
  open_file_cache_min_uses 1;"""


class Nginx(Server):
    title = "nginx"
    program = "nginx"
    package = "nginx-light"

    def __init__(self, place: Place, name: str, threads: int = 1, routes: int = 300, cache: bool = False,
                 access_log: bool = False):
        super().__init__(place, name, threads, routes)
        self.cache = cache
        self.access_log = access_log

    @classmethod
    def version(cls, place: Place) -> str:
        return first_line("nginx", "-v").rpartition("/")[2]

    def command(self) -> list[str]:
        work = self.place.work / self.name
        work.mkdir(exist_ok=True)
        routes = "\n    ".join(f'location /r{i}/ {{ default_type text/plain; return 200 "1"; }}'
                               for i in range(self.routes))
        conf = self.place.fill_in("nginx.conf", f"{self.name}.conf", {
            "user": "user root;" if os.geteuid() == 0 else "", "threads": self.threads, "work": work,
            "descriptors": descriptors(),
            "connections": 2 * descriptors(),  # it closes idle ones when few are left
            "access_log": f"{work}/access.log" if self.access_log else "off", "certificate": self.place.certificate,
            "key": self.place.key, "cache": _CACHE if self.cache else "", "port": self.port,
            "tls_port": self.tls_port, "files": self.place.files, "routes": routes})
        return ["nginx", "-p", str(work), "-c", str(conf)]
