"""Views of MLflow's page: what they filter, their size, and putting them on and off."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from harness.sweep.tracking.views import (
    remove_views,
    sweep_views,
    write_note,
    write_views,
    written_views,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient

OLD_SERVER = 5000  # characters of an experiment's tag before MLflow 3


class Tags:
    """An experiment's tags, with the client's methods for them."""

    def __init__(self, **tags: str) -> None:
        self.tags = dict(tags)

    def get_experiment(self, _: str) -> SimpleNamespace:
        """Return the experiment."""
        return SimpleNamespace(tags=dict(self.tags))

    def set_experiment_tag(self, _: str, key: str, value: str) -> None:
        """Set a tag."""
        self.tags[key] = value

    def delete_experiment_tag(self, _: str, key: str) -> None:
        """Delete a tag, which must be there."""
        del self.tags[key]

    @property
    def client(self) -> "MlflowClient":
        """The same, as what is asked for."""
        return cast("MlflowClient", self)


def written(pictures: int = 2) -> Tags:
    """Return an experiment with views of that many cases."""
    found = Tags()
    keys = [f"{number} {'k' * 50}" for number in range(pictures)]
    write_views(found.client, "1", sweep_views(["lr"], pictures=keys, last_step=9))
    return found


def test_views_are_what_mlflow_reads() -> None:
    """Each is JSON with a name, two times and a state, which is JSON in a string."""
    for key, value in written().tags.items():
        kept = json.loads(value)

        assert key.startswith("mlflow.sharedViewState.harness-")
        assert set(kept) == {"name", "createdAt", "updatedAt", "state"}
        assert json.loads(kept["state"])["searchFilter"].startswith("tags.`harness.kind` = ")


def test_views_of_a_large_sweep_are_small_enough() -> None:
    """With a hundred cases no view is larger than what older servers keep."""
    assert max(map(len, written(pictures=100).tags.values())) < OLD_SERVER


def test_grid_shows_the_last_pictures_of_the_lines() -> None:
    """The grid has a row for each case and begins with the results."""
    view = next(one for one in sweep_views((), pictures=("a", "b"), last_step=9) if one.is_charts)
    grid = view.state["compareRunCharts"][0]

    assert (grid["type"], grid["imageKeys"], grid["step"]) == ("IMAGE", ["a", "b"], 9)
    assert view.state["searchFilter"] == "tags.`harness.kind` = 'variant'"


def test_grid_may_show_runs() -> None:
    """On a server the grid shows chosen runs instead of lines."""
    views = sweep_views((), pictures=("picture",), last_step=9, picture_runs=("r1", "r2"))

    assert views[1].state["searchFilter"] == "attributes.run_id IN ('r1', 'r2')"


def test_views_that_are_there_are_found() -> None:
    """What the command prints is what the experiment has."""
    found = written()
    del found.tags["mlflow.sharedViewState.harness-losses"]

    assert [view.name for view in written_views(found.tags)] == [
        "Variants",
        "Pictures",
        "Cases of each variant",
    ]


def test_writing_again_doubles_nothing() -> None:
    """A view takes the place of the one of its key."""
    found = written()
    before = set(found.tags)
    write_views(found.client, "1", sweep_views((), pictures=(), last_step=1))

    assert set(found.tags) == before


def test_removing_leaves_what_others_wrote() -> None:
    """Views and a note of ours go; a person's own stay."""
    found = written()
    write_note(found.client, "1", "[Variants](#/x?viewStateShareKey=harness-variants)", "why?")
    found.tags["mlflow.sharedViewState.mine"] = "{}"
    remove_views(found.client, "1")

    assert found.tags == {"mlflow.sharedViewState.mine": "{}"}


def test_note_of_a_person_is_kept() -> None:
    """Only a note of ours is written over, or removed."""
    found = Tags(**{"mlflow.note.content": "mine"})
    write_note(found.client, "1", "[Variants](#/x?viewStateShareKey=harness-variants)", "")
    remove_views(found.client, "1")

    assert found.tags == {"mlflow.note.content": "mine"}
