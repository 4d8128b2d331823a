"""The built wheel in an environment that has no checkout: what a user of the package gets."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import __version__

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
SWEEPS = {path.relative_to(ROOT / "sweeps") for path in (ROOT / "sweeps").rglob("*.yaml")}
NAMES = sorted(path.with_suffix("").as_posix() for path in SWEEPS if path.name != "claims.yaml")
# What the console script that pip or uv writes does.
ENTER = (
    "import sys; from importlib.metadata import entry_points\n"
    "(script,) = entry_points(group='console_scripts', name='harness')\n"
    "sys.argv[0] = 'harness'; script.load()()"
)
NOWHERE = "http://127.0.0.1:9"  # the discard port: a download would fail at once

Call = Callable[..., subprocess.CompletedProcess[str]]


def _build(target: str, tree: Path, folder: Path) -> Path:
    """Build with the backend that is installed here; uv and pip would fetch it anew."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel built from this tree."""
    return _build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with the wheel and its dependencies.

    Dependencies come from the environment of the tests, as a plain entry of the module path: its
    own ``.pth`` files, and so the editable install of the checkout, are then not read.
    """
    root = tmp_path_factory.mktemp("environment")
    builder = venv.EnvBuilder(symlinks=os.name != "nt")
    builder.create(root)
    interpreter = Path(builder.ensure_directories(root).env_exe)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True)
    packages = Path(done.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)  # noqa: S202 - we made it
    dependencies = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    (packages / "dependencies.pth").write_text("\n".join(sorted(dependencies)))
    return interpreter


@pytest.fixture
def harness(python: Path, tmp_path: Path) -> Call:
    """Return a function that runs the wheel's command in an empty folder, without a network."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    kept |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    kept |= {"HARNESS_CACHE": str(tmp_path / "cache"), "TORCH_HOME": str(tmp_path / "torch")}
    kept.pop("MLFLOW_TRACKING_URI", None)
    folder = tmp_path / "empty"
    folder.mkdir()

    def call(*arguments: str, code: str = ENTER) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-c", code, *arguments]
        return subprocess.run(
            command, cwd=folder, env=kept, capture_output=True, text=True, check=False
        )

    return call


def _contents(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()
        }


def test_wheel_carries_what_the_package_needs_and_nothing_else(wheel: Path) -> None:
    """Code, parameters, pictures, sweeps, licence and attributions; no tests, no scratch files."""
    names = set(_contents(wheel))
    information = f"style_harness-{__version__}.dist-info"
    data = {
        str(path.relative_to(ROOT).as_posix())
        for room in ("harness", "metrics", "reports")
        for path in (ROOT / room).rglob("*")
        if path.suffix
        in {".py", ".npz", ".png", ".typed", ".yaml", ".html", ".css", ".js", ".jinja", ".json"}
    }
    licences = {f"{information}/licenses/{name}" for name in ("LICENSE", "ATTRIBUTIONS.md")}
    sweeps = {f"harness/shipped_sweeps/{path.as_posix()}" for path in SWEEPS}
    baselines = {
        f"harness/shipped_baselines/{path.relative_to(ROOT / 'baselines').as_posix()}"
        for path in (ROOT / "baselines").rglob("*")
        if path.is_file()
    }
    metadata = {f"{information}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt")}

    shipped = sweeps | baselines
    assert data | licences | shipped | metadata | {f"{information}/RECORD"} == names


def test_readme_is_the_long_description(wheel: Path) -> None:
    """A package page shows the README."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"style_harness-{__version__}.dist-info/METADATA").decode()

    assert "Description-Content-Type: text/markdown" in metadata
    assert (ROOT / "README.md").read_text() in metadata


def test_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """A wheel made from the source archive has the same files, byte for byte."""
    for name in ("sdist", "source", "wheel"):
        (tmp_path / name).mkdir()
    archive = _build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (tree,) = (tmp_path / "source").iterdir()

    again = _build("wheel", tree, tmp_path / "wheel")

    assert _contents(wheel) == _contents(again)


def test_environment_has_the_wheel_and_not_the_checkout(harness: Call, python: Path) -> None:
    """What the other tests run is the installed package."""
    code = (
        "import harness, metrics, reports\n"
        "for package in (harness, metrics, reports): print(package.__file__)"
    )

    places = harness(code=code).stdout.splitlines()

    assert 3 == len(places)
    assert all(Path(place).is_relative_to(python.parent.parent) for place in places)


def test_version(harness: Call) -> None:
    """``--version`` says the wheel's version."""
    assert __version__ in harness("--version").stdout


def test_presets(harness: Call) -> None:
    """Presets are listed."""
    assert "house" in harness("presets").stdout


def test_shipped_sweeps_are_found_by_name(harness: Call, tmp_path: Path) -> None:
    """Every shipped sweep is planned from an empty folder, which stays empty."""
    code = (
        "import sys; from harness.spec.shipped import resolve_sweep_path\n"
        "from harness.sweep.pictures import load_with_pictures\n"
        "for name in sys.argv[1:]:\n"
        "    spec, pictures = load_with_pictures(resolve_sweep_path(name))\n"
        "    print(name)"
    )

    done = harness(*NAMES, code=code)

    assert NAMES == done.stdout.splitlines(), done.stderr
    assert [] == list((tmp_path / "empty").iterdir())


def test_unknown_sweep_is_refused_with_the_nearest(harness: Call) -> None:
    """A misspelt name ends with exit code 2 and names the shipped sweep that is meant."""
    done = harness("sweep", "qick")

    assert 2 == done.returncode
    assert "did you mean the shipped sweep quick?" in done.stderr


def test_dry_run_of_a_shipped_sweep(harness: Call, tmp_path: Path) -> None:
    """A plan and its price, without a checkout, a network or a store."""
    done = harness("sweep", "quick", "--dry-run", "--json", "--set", "image_size=64")

    assert 0 == done.returncode, done.stderr
    assert 8 == json.loads(done.stdout)["runs"]
    assert [] == list((tmp_path / "empty").iterdir())


def test_shipped_sweep_runs(harness: Call, tmp_path: Path) -> None:
    """A shipped sweep runs to its end: parameters and pictures travel in the wheel."""
    short = ("--set", "image_size=64", "--set", "iterations=3", "--set", "evaluation={size: 64}")

    done = harness("sweep", "quick", *short)

    assert 0 == done.returncode, done.stderr
    assert "style gain" in done.stdout
    assert (tmp_path / "empty" / "results" / "quick" / "contact-sheet.png").is_file()
