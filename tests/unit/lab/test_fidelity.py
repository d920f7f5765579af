"""The page of what is real says what the sources declare."""

from host.cache import REPOSITORY
from lab import fidelity


def test_the_page_is_what_the_sources_declare() -> None:
    written = (REPOSITORY / "docs" / "fidelity.md").read_text()
    assert written == fidelity.page(), "run `python -m lab.fidelity > docs/fidelity.md`"


def test_what_moto_lacks_is_only_recorded() -> None:
    found = {one.kind: one.how for one in fidelity.declared()}
    assert found["aws:ec2/placementGroup:PlacementGroup"] == "recorded"
    assert found["aws:eks/cluster:Cluster"] == "moto"
    assert found["aws:eks/nodeGroup:NodeGroup"] == "simulated"
    assert found["aifactory:object_store:Bucket"] == "real"
    assert found["aws:fsx/lustreFileSystem:LustreFileSystem"] == "recorded"
