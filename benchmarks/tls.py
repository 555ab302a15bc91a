"""A job whose site speaks TLS: what one shared context and one kept connection save.

The site's certificate is its own, made here and trusted beside the usual ones: reading all of them
is what a context costs.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from igny8.core import line
from igny8.core.http import OutboundClient, Reply
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from benchmarks.articles import cpu_of
from benchmarks.rig import running_rig, site_process

JOBS = 100


class Single(OutboundClient):
    """A connection of its own for each call."""

    @contextmanager
    def kept_alive(self) -> Iterator["Single"]:  # type: ignore[override]
        """Keep none."""
        yield self

    def request(self, *args, **more) -> Reply:
        """Call over a new connection, as `OutboundClient` does by itself."""
        with OutboundClient.kept_alive(self) as connected:
            return connected.request(*args, **more)


class Naive(Single):
    """And a context of its own, as `requests` makes it."""

    def request(self, *args, **more) -> Reply:
        """Call after the certificates were read anew."""
        line.tls_context.cache_clear()
        return super().request(*args, **more)


WAYS: list[tuple[str, type[OutboundClient]]] = [
    ("as it is", OutboundClient),
    ("a connection a call", Single),
    ("and a context a call", Naive),
]


def measure() -> None:
    """Print the CPU of a job, way by way."""
    print(f"\nCPU of a job whose site speaks TLS, {JOBS} of one site")
    with tempfile.TemporaryDirectory() as folder:
        certificate, trusted = _certificate(Path(folder))
        with site_process(0, certificate) as port:
            took = {name: _job(port, kind, trusted) for name, kind in WAYS}
    base = took[WAYS[0][0]]
    for name, cpu in took.items():
        print(f"  {name:32} {cpu:6.1f} ms   {cpu / base:5.2f} x")


def _job(port: int, kind: type[OutboundClient], trusted: Path) -> float:
    with running_rig() as rig:
        rig.world.services.http = kind(allow_local=True, ca_bundle=str(trusted))
        site = rig.connected_site(port, "https://localhost")
        cpu_of(rig, site, 10)
        return cpu_of(rig, site, JOBS)[1]


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost with its key, and the usual ones with it among them."""
    pem, alone, trusted = (folder / name for name in ("site.pem", "site.crt", "trusted.pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", pem, "-out", alone],
        check=True, capture_output=True,
    )  # fmt: skip
    trusted.write_text(Path(DEFAULT_CA_BUNDLE_PATH).read_text() + alone.read_text())
    pem.write_text(pem.read_text() + alone.read_text())
    return pem, trusted
