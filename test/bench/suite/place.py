"""Where a run keeps what the servers need: files to serve, a certificate, configurations. Gone when it ends."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .processes import Failure

FILES = {"1k.bin": 1024, "64k.bin": 64 * 1024, "1m.bin": 1024 * 1024}
TEXTS = {"plaintext": "Hello, World!", "json": '{"message":"Hello, World!"}'}


class Place:
    """`root` is the source tree; `binaries` the folder of the programs built from it."""

    def __init__(self, root: Path, binaries: Path):
        self.root = root
        self.binaries = binaries
        self.bench = root / "test" / "bench"
        self.work = Path(tempfile.mkdtemp(prefix="bench."))
        self.files = self.work / "files"
        self.texts = self.work / "texts"
        self.certificate = self.work / "certificate.pem"
        self.key = self.work / "key.pem"
        self.bundle = self.work / "bundle.pem"
        try:
            self._fill()
        except BaseException:
            self.remove()
            raise

    def _fill(self) -> None:
        self.files.mkdir()
        self.texts.mkdir()
        for name, size in FILES.items():
            (self.files / name).write_bytes((bytes(range(256)) * (size // 256 + 1))[:size])
        for name, text in TEXTS.items():
            (self.texts / name).write_text(text)
        self._certify()
        # Workers of others' servers run as another user where root starts them.
        os.chmod(self.work, 0o755)

    def _certify(self) -> None:
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                   "-days", "2", "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"openssl makes no certificate: {done.stderr.strip()}")
        self.bundle.write_text(self.certificate.read_text() + self.key.read_text())

    def sparse_file(self, size: int) -> str:
        """The name, below `files`, of a file of so many bytes; it takes no room on the disc."""
        name = f"{size}.bin"
        with open(self.files / name, "wb") as file:
            file.truncate(size)
        return name

    def fill_in(self, template: str, name: str, words: dict) -> Path:
        """A configuration of `test/bench/peers` with its @words@ filled in, in `work`."""
        text = (self.bench / "peers" / template).read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", str(value))
        path = self.work / name
        path.write_text(text)
        return path

    def remove(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
