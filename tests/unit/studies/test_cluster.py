"""The same parts on the workers of a Dask cluster: nothing lost, nothing twice, also when a worker is killed at its work."""

import os
import signal
from pathlib import Path

import pytest

from capexmodel.errors import ConfigError
from capexmodel.studies.store import ROWS, SUMS
from capexmodel.studies.sweep import sweep
from tests import sweeping


def kill_once(mark: str) -> None:
    """On a worker: be killed in place of the first rename that no worker was killed at before."""
    rename = os.replace

    def marked(source: str, target: str) -> None:
        if ROWS in str(target):
            try:
                os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)

    os.replace = marked


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # Dask's own, of its event loop
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """Killed between writing a part and renaming it: the parts are the files of a sweep that nobody disturbed."""
    from dask.distributed import Client, LocalCluster

    alone = tmp_path / "alone"
    sweep(sweeping.task(keep_rows=True), alone)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        before = set(client.run(os.getpid).values())
        client.run(kill_once, str(tmp_path / "killed"))
        found = sweep(sweeping.task(keep_rows=True), tmp_path / "cluster", client)
        assert set(client.run(os.getpid).values()) != before
    assert (tmp_path / "killed").exists()
    assert found.frame().index.tolist() == list(range(3600))
    for kind in (ROWS, SUMS):
        parts = [{path.name: path.read_bytes() for path in (folder / kind).glob("*.parquet")} for folder in (alone, tmp_path / "cluster")]
        assert parts[0] == parts[1]
        assert len(parts[0]) == 8


def test_a_cluster_needs_a_folder() -> None:
    with pytest.raises(ConfigError, match="a folder that all workers see"):
        sweep(sweeping.task(), client=object())
