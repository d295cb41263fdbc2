"""The notebooks run from beginning to end on what ships with Tearline."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FIGURE = "application/vnd.plotly.v1+json"

PATIENCE_S = 300


def committed(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def executed(name: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    for variable in [v for v in os.environ if v.startswith("TEARLINE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("IPYTHONDIR", str(directory / "ipython"))
    notebook = committed(name)
    # "python3" is started with the interpreter that runs the tests (jupyter_client, KernelManager).
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=PATIENCE_S,
        resources={"metadata": {"path": str(directory)}},
    )
    return client.execute()


def figures(notebook: nbformat.NotebookNode) -> list[dict]:
    outputs = (o for cell in notebook.cells for o in cell.get("outputs", []))
    return [o["data"][FIGURE] for o in outputs if FIGURE in o.get("data", {})]


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert not [o.text for o in outputs if o.get("name") == "stderr"]
    return "".join(o.text for o in outputs if o.get("name") == "stdout")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.name)
def test_a_notebook_is_committed_without_outputs_and_names_no_place_of_this_machine(path: Path):
    notebook = committed(path.name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    places = (str(NOTEBOOKS.resolve().parent), str(Path.home()), "/home/", "file://")
    assert not any(place in path.read_text() for place in places)
    assert path.stat().st_size < 50_000


def test_inspect_orbit_finds_the_shadow_and_the_leader_it_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    notebook = executed("inspect_orbit.ipynb", tmp_path, monkeypatch)
    drawn = figures(notebook)
    titles = [figure["layout"]["title"]["text"] for figure in drawn]
    shadow = "EXERCISE LEO SHADOW (330032)"
    assert titles == [
        f"Mean orbit of {shadow}",
        f"Ground track of {shadow}",
        f"Orbit of {shadow}",
        f"Who was near {shadow}",
        f"Range between {shadow} and EXERCISE LEO LEADER (330031)",
    ]
    for figure in drawn:
        assert [a["text"] for a in figure["layout"]["annotations"]] == ["<b>EXERCISE</b>"]
    # truth.json: 4.6 km apart at 10:23:47; the element sets carry their regime's noise.
    said = printed(notebook)
    assert "proximity: 4." in said
    assert "EXERCISE LEO LEADER at 2026-10-20T" in said
