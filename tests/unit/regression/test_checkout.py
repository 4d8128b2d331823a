"""Copies of the project to measure against: folders, revisions, and what is neither."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.regression.checkout import checkout, this_copy
from tests.repositories import git


def write(root: Path, text: str) -> None:
    """Write a package harness that says something."""
    (root / "harness").mkdir(parents=True, exist_ok=True)
    (root / "harness" / "__init__.py").write_text(text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout of two commits; a tag is on the first."""
    root = tmp_path / "repository"
    write(root, "first")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(root))
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=first")
    git(root, "tag", "release-1")
    write(root, "second")
    git(root, "commit", "--quiet", "--all", "--message=second")
    return root


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, to see what is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def state(root: Path) -> tuple[str, ...]:
    """Return what git knows of a repository: changes, work trees, branches, files of its own."""
    files = sorted(str(path) for path in (root / ".git").rglob("*"))
    words = (("status", "--porcelain"), ("worktree", "list"), ("branch", "--all"))
    return (*(git(root, *one) for one in words), *files)


def test_a_revision_is_unpacked_for_a_while(repository: Path, temporary: Path) -> None:
    """Its files are those of the commit; afterwards nothing is left, least of all in git."""
    before = state(repository)

    with checkout("release-1", root=repository) as source:
        text = (source.path / "harness" / "__init__.py").read_text()
        assert source.path.is_relative_to(temporary)

    commit = git(repository, "rev-parse", "release-1")
    assert ("first", commit, f"release-1 ({commit[:10]})") == (text, source.commit, source.title)
    assert [] == list(temporary.iterdir())
    assert before == state(repository)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_an_error_or_an_interruption(
    repository: Path, temporary: Path, error: type[BaseException]
) -> None:
    """However the work with it ends, the copy goes."""
    before = state(repository)

    with pytest.raises(error), checkout("HEAD", root=repository):
        raise error

    assert [] == list(temporary.iterdir())
    assert before == state(repository)


def test_a_folder_is_taken_as_it_is(repository: Path, tmp_path: Path) -> None:
    """Its commit is known only where its files are those of the commit."""
    plain = tmp_path / "plain"
    write(plain, "a copy")

    with checkout(str(repository)) as clean, checkout(str(plain)) as other:
        assert (repository, str(repository)) == (clean.path, clean.title)
        assert git(repository, "rev-parse", "HEAD") == clean.commit
        assert (plain, "") == (other.path, other.commit)

    write(repository, "changed")
    with checkout(str(repository)) as changed:
        assert "" == changed.commit


def test_an_unknown_revision_is_told_in_the_words_of_git(repository: Path) -> None:
    """What is allowed and the nearest name stand beside them."""
    with pytest.raises(InputError) as caught, checkout("relase-1", root=repository):
        pass

    message = str(caught.value)
    assert "--against relase-1: found no such revision (git says: Needed a single" in message
    assert "did you mean release-1? allowed:" in message
    assert f"a git revision of {repository}" in message


@pytest.mark.parametrize("against", ["--help", "-h", "", "HEAD~1..HEAD", "$(touch x)", "a\nb"])
def test_what_is_no_revision_is_never_taken_for_an_option(repository: Path, against: str) -> None:
    """Whatever stands there, git reads it as a revision or refuses it."""
    with pytest.raises(InputError, match="git says"), checkout(against, root=repository):
        pass


def test_a_shallow_clone_says_how_it_gets_older_revisions(
    repository: Path, tmp_path: Path
) -> None:
    """The usual state of a CI job is explained."""
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", str(shallow))

    with (
        pytest.raises(InputError, match="git fetch --unshallow"),
        checkout("HEAD~1", root=shallow),
    ):
        pass


def test_outside_a_checkout_a_folder_is_asked_for(tmp_path: Path) -> None:
    """A package that was installed has no revisions."""
    with (
        pytest.raises(InputError, match=r"is no git checkout .* give a folder"),
        checkout("HEAD~1", root=tmp_path),
    ):
        pass


def test_a_folder_without_the_package_is_no_copy(repository: Path, tmp_path: Path) -> None:
    """It is looked for among the revisions, and the message says what it lacks."""
    with (
        pytest.raises(InputError, match=r"a folder .*harness/__init__\.py"),
        checkout(str(tmp_path), root=repository),
    ):
        pass


def test_a_commit_without_the_package_is_no_copy(repository: Path, temporary: Path) -> None:
    """A revision from before the package is refused, and its files go."""
    git(repository, "rm", "--quiet", "-r", "harness")
    (repository / "README").write_text("to come")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=empty")

    with (
        pytest.raises(InputError, match="holds no package harness"),
        checkout("HEAD", root=repository),
    ):
        pass

    assert [] == list(temporary.iterdir())


def test_a_machine_without_git_is_told(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder is the way out."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with (
        pytest.raises(InputError, match=r"git cannot be started .* give a folder"),
        checkout("HEAD", root=repository),
    ):
        pass


def test_this_copy_is_the_one_that_runs() -> None:
    """Its folder holds the package that is loaded."""
    assert Path(__file__).parents[3] == this_copy().path
