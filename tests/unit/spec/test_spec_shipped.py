"""Shipped sweeps by name, in a checkout and beside the user's own files."""

from pathlib import Path

import pytest

from harness.errors import SpecError
from harness.spec import shipped
from harness.spec.shipped import resolve_sweep_path, shipped_sweeps, sweep_argument
from harness.spec.sweep_spec import load_sweep

SWEEPS = Path(__file__).parent.parent.parent.parent / "sweeps"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_checkout_ships_its_top_level_folder() -> None:
    """Every sweep is found under the name of its file, in a folder with the folder's before it."""
    expected = {path.stem: path for path in SWEEPS.glob("*.yaml")}
    expected |= {f"reports/{path.stem}": path for path in (SWEEPS / "reports").glob("?-?.yaml")}

    assert expected == shipped_sweeps()


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of shipped sweeps, as a wheel has it, with some in a folder of their own."""
    folder = tmp_path / "shipped_sweeps"
    for name in ("layers.yaml", "weights.yaml", "reports/a-2.yaml", "reports/claims.yaml"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(shipped, "PLACES", (folder, SWEEPS))
    return folder


def test_rules_are_no_sweep_and_folders_come_last(packaged: Path) -> None:
    """The file of rules lies beside the sweeps it judges by."""
    assert ["layers", "weights", "reports/a-2"] == list(shipped_sweeps())
    assert packaged / "reports" / "claims.yaml" == shipped.shipped_claims()


@pytest.mark.parametrize("make", [str, Path])
def test_sweep_in_a_folder_is_named_with_it(packaged: Path, make: type[str | Path]) -> None:
    """There and back: the name means the file, and the file is called by the name."""
    path = packaged / "reports" / "a-2.yaml"

    assert path == resolve_sweep_path(make("reports/a-2"))
    assert "reports/a-2" == sweep_argument(path)
    assert "mine.yaml" == sweep_argument(Path("mine.yaml"))


def test_the_package_own_folder_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the package carries sweeps, as a wheel does, those are the shipped ones."""
    packaged = tmp_path / "shipped_sweeps"
    packaged.mkdir()
    (packaged / "only.yaml").touch()
    monkeypatch.setattr(shipped, "PLACES", (packaged, SWEEPS))

    assert {"only": packaged / "only.yaml"} == shipped_sweeps()


@pytest.mark.parametrize("name", sorted(path.stem for path in SWEEPS.glob("*.yaml")))
def test_shipped_sweeps_need_no_other_file(name: str) -> None:
    """Their pictures are built in, so that they work wherever the package is."""
    pairs = load_sweep(resolve_sweep_path(name)).pairs
    pictures = [picture for pair in pairs for picture in (pair.content, pair.style)]

    assert [] == [picture.text for picture in pictures if picture.path is not None]


@pytest.mark.parametrize("make", [str, Path])
def test_bare_name_is_a_shipped_sweep(make: type[str | Path]) -> None:
    """A name without a suffix means the shipped sweep, given as text or as a path."""
    assert SWEEPS / "quick.yaml" == resolve_sweep_path(make("quick"))


@pytest.mark.parametrize("text", ["quick.yaml", "sweeps/quick.yaml", "./quick", "qick", ""])
def test_anything_else_stays_a_path(text: str) -> None:
    """Only the name itself stands for a shipped sweep."""
    assert Path(text) == resolve_sweep_path(text)


def test_existing_file_wins() -> None:
    """A file that is there is never replaced by a shipped sweep."""
    Path("quick").touch()

    assert Path("quick") == resolve_sweep_path("quick")


def test_folder_is_passed_over() -> None:
    """A folder of results named like the sweep does not stand in its way."""
    Path("quick").mkdir()

    assert SWEEPS / "quick.yaml" == resolve_sweep_path("quick")


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_own_file_of_that_name_is_never_passed_over_in_silence(suffix: str) -> None:
    """With a sweep file of that name in the working folder, the bare name is refused."""
    Path(f"quick{suffix}").touch()

    with pytest.raises(SpecError, match=rf"quick: names a shipped sweep, but quick\{suffix} is"):
        resolve_sweep_path("quick")


def test_name_is_clear_in_the_folder_of_shipped_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, the file of that name is the shipped sweep."""
    monkeypatch.chdir(SWEEPS)

    assert SWEEPS / "quick.yaml" == resolve_sweep_path("quick")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sweeps/layers.yaml", "did you mean the shipped sweep layers?"),
        ("layers.yaml", "did you mean the shipped sweep layers?"),
        ("lyers", "did you mean the shipped sweep layers?"),
        ("mine.yml", "did you mean mine.yaml?"),
        ("mine/layers.yaml", "did you mean mine/layer.yaml or the shipped sweep layers?"),
        ("nothing-like-it", "shipped sweeps: backbone, feedback, initialization, layers, "),
    ],
)
def test_missing_file_names_what_may_be_meant(text: str, hint: str) -> None:
    """The message names the nearest file, the nearest shipped sweep, or all of them."""
    Path("mine").mkdir()
    for name in ("mine.yaml", "mine/layer.yaml"):
        Path(name).touch()

    with pytest.raises(SpecError) as caught:
        load_sweep(resolve_sweep_path(text))

    assert f"{text}: no such file; {hint}" in str(caught.value).replace("\\", "/")


@pytest.mark.usefixtures("packaged")
@pytest.mark.parametrize("text", ["a-2", "A-2", "reports/a-2.yaml", "reports/a-22"])
def test_missing_file_may_be_one_in_a_folder(text: str) -> None:
    """Whoever leaves the folder out is told of it."""
    with pytest.raises(SpecError, match=r"did you mean the shipped sweep reports/a-2\?"):
        load_sweep(resolve_sweep_path(text))
