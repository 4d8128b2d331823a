"""Studies on a real PostgreSQL server, which the test starts for itself."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
import pytest

from harness.errors import InputError, StoreError
from harness.sweep.search.points import Point
from harness.sweep.search.records import State, Trial
from harness.sweep.search.study import Search
from metrics.catalog import Direction

pytestmark = pytest.mark.slow

PASSWORD = "pass:word@home"  # noqa: S105 - of a server that lives for one test
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server on this machine."""

    port: int
    run: Callable[..., None]

    def client(self, program: str, *options: str) -> None:
        """Run a program of PostgreSQL that speaks to the server."""
        self.run(program, "-h", "127.0.0.1", "-p", str(self.port), "-U", "tester", *options)

    def ask(self, command: str, database: str = "postgres") -> None:
        """Run one SQL command."""
        self.client("psql", "-d", database, "-c", command)

    def address(self, *, password: str = PASSWORD, database: str = "studies") -> str:
        """Return the address of a database, with the password as an address must spell it."""
        spelt = password.replace(":", "%3A").replace("@", "%40")
        return f"postgresql://tester:{spelt}@127.0.0.1:{self.port}/{database}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The one dimension of the space."""

    name: str = "layer"
    labels: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "größer")
    interval: None = None
    when: Mapping[str, Any] = field(default_factory=dict)


class Space:
    """Four choices."""

    dimensions = (Layer(),)
    signature = "four choices"

    def next_dimension(self, chosen: Point) -> Layer | None:
        """Return the one dimension until it is chosen."""
        return None if chosen else self.dimensions[0]

    def refusal(self, point: Point) -> None:
        """Refuse nothing."""


def _free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server with an empty database ``studies``; stop it and its files at the end."""
    if PROGRAMS is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    user: dict[str, Any] = {}
    folder = tmp_path_factory.mktemp("server")
    if os.geteuid() == 0:  # PostgreSQL does not run as root
        folder = Path(subprocess.check_output(["/bin/mktemp", "-d"], text=True).strip())
        nobody = pwd.getpwnam("postgres")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data, port = folder / "data", _free_port()

    def run(program: str, *options: str) -> None:
        finished = subprocess.run(
            [str(PROGRAMS / program), *options],
            cwd=folder,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            **user,
        )
        assert 0 == finished.returncode, finished.stdout

    run(
        *("initdb", "-D", str(data), "-U", "tester", "-E", "UTF8", "--no-sync"),
        *("--auth=scram-sha-256", f"--pwfile={secret}"),
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
    server = Server(port=port, run=run)
    try:
        server.client("createdb", "studies")
        yield server
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _open(address: str, **changes: Any) -> Search:
    """Open a study of four choices."""
    facts = {"name": "taste", "method": "tpe", "metrics": {"gain": Direction.MAX}, "seed": 0}
    return Search.open(Space(), storage=address, **(facts | changes))


def test_a_study_lives_on_a_server(server: Server) -> None:
    """Asked, told, cut off, resumed, ended: as in a file, with labels that are not ASCII."""
    with _open(server.address(), constraints=["size"]) as search:
        first = search.ask()
        assert isinstance(first, Trial)
        server.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'studies'"
        )
        search.report(first.number, 0, 0.25)
        search.tell(first.number, [0.25], constraints={"size": -1.0})
        second = search.ask()
        assert isinstance(second, Trial)

    with _open(server.address(), constraints=["size"]) as search:
        kept = [(one.number, one.point) for one in search.records() if one.state is State.OPEN]
        assert [(second.number, second.point)] == kept
        search.tell(second.number, None, reason="the worker was lost")
        points = [first.point["layer"], second.point["layer"]]
        while isinstance(trial := search.ask(), Trial):
            search.tell(trial.number, [0.5], constraints={"size": 1.0})
            points.append(trial.point["layer"])
        best = search.best()

    assert set(Layer().labels) == set(points)
    assert 4 == len(points)
    assert [(first.number, {0: 0.25})] == [(one.number, one.intermediate) for one in best]


def test_what_a_server_refuses_is_said_without_the_password(server: Server) -> None:
    """A wrong password, a database that does not exist, one of another program."""
    place = f"postgresql://tester@127.0.0.1:{server.port}"
    server.client("createdb", "other")
    server.ask("CREATE TABLE experiments (name TEXT)", "other")
    expected = {
        server.address(password="wr0ng"): (  # noqa: S106 - the point of the test
            InputError,
            f"{place}/studies: the server refused the user or the password; correct the address",
        ),
        server.address(database="nowhere"): (
            InputError,
            f"{place}/nowhere: the server has no such database or user; make it (createdb NAME), "
            "or correct the address",
        ),
        server.address(database="other"): (
            StoreError,
            f"{place}/other belongs to another program (it has the tables experiments, …) and was "
            "left alone. A study needs a database of its own: name another one.",
        ),
    }

    for address, (kind, message) in expected.items():
        with pytest.raises(kind) as caught:
            _open(address)

        assert message == str(caught.value)


STUDY = """\
method: tpe
metric: content/score
cases: {content: [c0.png, c1.png], style: [s0.png, s1.png], pairing: zip}
base:
  pretrained: kmeans
  precision: float32
  image_size: 32
  iterations: 3
  content_layers: relu1_1
  style_layers: [rgb, relu1_1]
parameters:
  weights.style: {min: 1, max: 300, distribution: log_uniform_values}
limits: {max_variants: 3}
evaluation: {size: 64}
"""


def _sweep(path: Path, address: str, *words: str) -> str:
    """Run a study that is kept on a server; return what was said."""
    command = [sys.executable, "-m", "harness", "sweep", str(path), "--workers", "0", *words]
    done = subprocess.run(
        [*command, "--study-storage", address],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert 0 == done.returncode, done.stdout
    return done.stdout


@pytest.mark.usefixtures("store")
def test_a_sweep_is_searched_on_a_server(
    server: Server, make_sweep: Callable[..., Path], tmp_path: Path
) -> None:
    """The command keeps its study there, goes on from it, and never says the password."""
    path = make_sweep("study", STUDY)
    address = server.address().replace("postgresql://", "postgresql+psycopg://")

    said = _sweep(path, address)
    more = _sweep(path, address, "--set", "limits.max_variants=5")

    assert "study by tpe: 3 variants tried" in said
    assert "study by tpe: 5 variants tried" in more
    assert 4 == sum(line.startswith("[") for line in more.splitlines())
    assert not (tmp_path / "study.db").exists()
    for text in (said, more):
        assert PASSWORD not in text
        assert PASSWORD.replace(":", "%3A").replace("@", "%40") not in text
    with optuna_study(server) as study:
        assert 5 == len(study.trials)


@contextmanager
def optuna_study(server: Server) -> Iterator[optuna.Study]:
    """Open the study as any other program would."""
    address = server.address().replace("postgresql://", "postgresql+psycopg://")
    storage = optuna.storages.RDBStorage(address)
    yield optuna.load_study(study_name="study", storage=storage)
    storage.remove_session()
    storage.engine.dispose()
