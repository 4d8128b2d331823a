"""Downloading published parameters, from a server on this machine."""

import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.errors import ParametersError
from harness.transfer.pretrained import fetch, published
from harness.transfer.pretrained.choice import is_cached, parameters_identity, resolve_pretrained
from harness.transfer.pretrained.fetch import fetch_parameters, verified_file
from harness.transfer.pretrained.published import PublishedFile

CONTENT = bytes(range(256)) * 10_000


@dataclass
class ParameterServer:
    """Serves ``content``; announces ``announced`` bytes where that is set."""

    address: str
    content: bytes = b""
    announced: int | None = None
    requests: list[str] = field(default_factory=list)

    def publish(self, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes) -> Path:
        """Let this server be the source of a network's parameters; return where they belong."""
        self.content = content
        digest = hashlib.sha256(content).hexdigest()
        file = PublishedFile(weights="", file_name=f"{name}-{digest[:8]}.pth", size_mib=0.1)
        monkeypatch.setattr(published, "PUBLISHED", {name: file})
        source = (f"{self.address}/{file.file_name}", file.file_name)
        monkeypatch.setattr(fetch, "imagenet_source", lambda _: source)
        return file.path


def _handler_of(server: ParameterServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append(self.path)
            self.send_response(200)
            length = len(server.content) if server.announced is None else server.announced
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(server.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    return Handler


@pytest.fixture
def server() -> Iterator[ParameterServer]:
    """A running server on a free port."""
    state = ParameterServer(address="")
    with HTTPServer(("127.0.0.1", 0), _handler_of(state)) as running:
        state.address = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        running.shutdown()
        thread.join()


def test_download_is_cached(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A download lands in TORCH_HOME, whole and alone, and is not repeated."""
    expected = server.publish(monkeypatch, "vgg19", CONTENT)
    assert not is_cached("vgg19")

    path = fetch_parameters("vgg19")
    again = fetch_parameters("vgg19")

    assert expected == path == again
    assert CONTENT == path.read_bytes()
    assert [path] == list(path.parent.iterdir())
    assert len(server.requests) == 1
    assert is_cached("vgg19")


def test_download_decides_auto(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` means the embedded parameters until the published ones are cached."""
    path = server.publish(monkeypatch, "vgg19", CONTENT)
    before = resolve_pretrained("auto", "vgg19")

    fetch_parameters("vgg19")

    assert before == "kmeans"
    assert resolve_pretrained("auto", "vgg19") == "imagenet"
    assert parameters_identity("auto", "vgg19") == f"imagenet:{path.stem}"


def test_progress_counts_bytes(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress rises to the announced size."""
    server.publish(monkeypatch, "alexnet", CONTENT)
    told: list[tuple[int, int | None]] = []

    fetch_parameters("alexnet", progress=lambda done, total: told.append((done, total)))

    assert told == [(1 << 20, len(CONTENT)), (2 << 20, len(CONTENT)), (len(CONTENT),) * 2]


def test_truncated_download(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that ends too early is an error and leaves nothing behind."""
    path = server.publish(monkeypatch, "vgg19", CONTENT)
    server.announced = len(CONTENT) + 1

    with pytest.raises(ParametersError, match=r"ended after 2560000 of 2560001 bytes.*kmeans"):
        fetch_parameters("vgg19")

    assert list(path.parent.iterdir()) == []


def test_wrong_download(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes with another hash than the published one are refused and not kept."""
    path = server.publish(monkeypatch, "vgg19", CONTENT)
    server.content = CONTENT[::-1]

    with pytest.raises(ParametersError, match="is not the published file: SHA-256"):
        fetch_parameters("vgg19")

    assert list(path.parent.iterdir()) == []


def test_no_connection(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server, the message says where the file belongs and what works offline."""
    path = server.publish(monkeypatch, "vgg19", CONTENT)
    refused = ("http://127.0.0.1:9/vgg19.pth", path.name)  # the discard port: nobody listens
    monkeypatch.setattr(fetch, "imagenet_source", lambda _: refused)
    expected = f"place {path.name} by hand in {path.parent}, or use `--pretrained kmeans`"

    with pytest.raises(ParametersError, match=re.escape(expected)):
        fetch_parameters("vgg19")

    assert list(path.parent.iterdir()) == []


def test_interrupted_download(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during a download leaves nothing behind."""
    path = server.publish(monkeypatch, "vgg19", CONTENT)

    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_parameters("vgg19", progress=interrupt)

    assert list(path.parent.iterdir()) == []


def test_folder_that_cannot_be_made(
    server: ParameterServer, monkeypatch: pytest.MonkeyPatch, torch_home: Path
) -> None:
    """A cache folder that cannot be made is one clear error."""
    server.publish(monkeypatch, "vgg19", CONTENT)
    torch_home.write_text("a file where a folder should be")

    with pytest.raises(ParametersError, match="could not be downloaded"):
        fetch_parameters("vgg19")


def test_cached_file_is_verified(server: ParameterServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cached file that was damaged later is refused, by the download too."""
    path = server.publish(monkeypatch, "vgg16", CONTENT)
    fetch_parameters("vgg16")
    path.write_bytes(CONTENT[:-1])

    with pytest.raises(ParametersError, match="remove it and fetch again"):
        verified_file("vgg16")
    with pytest.raises(ParametersError, match="remove it and fetch again"):
        fetch_parameters("vgg16")


def test_missing_file_is_not_downloaded(torch_home: Path) -> None:
    """Asking for the cached file alone says how to get it, and where it belongs."""
    with pytest.raises(ParametersError, match=r"`harness fetch vgg19` downloads 548 MiB") as error:
        verified_file("vgg19")

    assert f"vgg19-dcbb9e9d.pth by hand in {torch_home / 'hub/checkpoints'}" in str(error.value)


def test_unknown_network() -> None:
    """A name that torchvision lacks has no published parameters."""
    with pytest.raises(ValueError, match="'resnet'; there are alexnet, convnext_base"):
        fetch_parameters("resnet")
