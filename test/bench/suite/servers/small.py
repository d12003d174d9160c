"""Servers of libraries whose programs are built here."""

from ..machine import package_version
from ..place import Place
from .base import BuiltServer


class CppHttplib(BuiltServer):
    title = "cpp-httplib"
    traceable = False  # a thread a connection: traced, they are too slow to accept all in time
    program = "bench_cpp_httplib"
    package = "libcpp-httplib-dev"

    @classmethod
    def version(cls, place: Place) -> str:
        return package_version(cls.package)

    def command(self) -> list[str]:
        return [str(self.path(self.place)), str(self.port), str(self.place.files)]


class Pistache(BuiltServer):
    title = "Pistache"
    program = "bench_pistache"
    package = "libpistache-dev"

    @classmethod
    def version(cls, place: Place) -> str:
        return package_version(cls.package)

    def command(self) -> list[str]:
        return [str(self.path(self.place)), str(self.port)]
