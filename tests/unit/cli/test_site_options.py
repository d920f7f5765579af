"""What a user names for a cluster and stores of their own, judged before anything is asked or made."""

import json
from pathlib import Path

import pytest

from cli.existing.options import Options, Site
from cli.project import declared
from components.violations import SpecError
from stacks.names import LAYERS

IMAGE = "registry.example.org/aifactory/workloads"
DECLARED = {layer: declared(layer, "onprem") for layer in LAYERS}


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """What is enough."""
    kubeconfig, lock = tmp_path / "kubeconfig", tmp_path / "lock.json"
    kubeconfig.write_text("{}")
    lock.write_text(json.dumps({"workloads": f"{IMAGE}@sha256:{'0' * 64}", "environment": "0" * 64}))
    return {
        "env": "onprem",
        "kubeconfig": str(kubeconfig),
        "s3": "https://store.example.org:9000",
        "images_lock": str(lock),
    }


def violations(given: dict[str, str], declared: dict[str, dict[str, object]] | None = None) -> dict[str, str]:
    with pytest.raises(SpecError) as caught:
        Site.parse(Options(**given), declared or DECLARED)
    return {violation.path: str(violation) for violation in caught.value.violations}


def test_a_cluster_and_a_store_are_enough(given: dict[str, str]) -> None:
    site = Site.parse(Options(**given), DECLARED)
    assert {store.endpoint for store in site.stores.values()} == {"https://store.example.org:9000"}
    assert [site.stores[name].profile for name in ("objects", "vault", "offsite")] == ["objects", "vault", "offsite"]
    assert site.settings("platform")["storageClass"] == "shared"
    assert site.settings("vault")["offsiteEndpoint"] == "https://store.example.org:9000"


def test_nothing_given_is_said_at_once(given: dict[str, str]) -> None:
    output = violations({"env": "onprem", "images_lock": given["images_lock"]})
    assert set(output) == {"KUBECONFIG", "S3"}
    assert "make up ENV=onprem KUBECONFIG=PATH S3=URL" in output["KUBECONFIG"]


def test_a_store_off_site_may_be_another(given: dict[str, str]) -> None:
    site = Site.parse(Options(**given, offsite_s3="https://elsewhere.example.org", offsite_profile="far"), DECLARED)
    assert site.settings("vault")["offsiteEndpoint"] == "https://elsewhere.example.org"
    assert site.stores["offsite"].profile == "far"
    assert site.stores["vault"].endpoint == "https://store.example.org:9000"


def test_a_password_in_an_address_is_refused_and_not_repeated(given: dict[str, str]) -> None:
    output = violations({**given, "s3": "https://user:hunter2@store.example.org"})
    assert "hunter2" not in "".join(output.values())
    assert "credentials belong in an AWS profile" in output["S3"]


def test_images_that_were_never_built_name_the_command(given: dict[str, str]) -> None:
    output = violations({**given, "images_lock": "/nowhere/lock.json"})
    assert "make images REGISTRY=" in output["imagesLock"]


def test_images_of_another_registry_are_refused(given: dict[str, str]) -> None:
    output = violations({**given, "registry": "other.example.org/aifactory"})
    assert "make images REGISTRY=other.example.org/aifactory" in output["REGISTRY"]
    assert Site.parse(Options(**given, registry="registry.example.org/aifactory"), DECLARED).images_lock.is_file()


@pytest.mark.parametrize("env", ["lab", "nowhere", "Not-a-name"])
def test_an_environment_is_one_that_is_configured(given: dict[str, str], env: str) -> None:
    configured = DECLARED if env != "nowhere" else {layer: declared(layer, env) for layer in LAYERS}
    assert "ENV" in violations({**given, "env": env}, configured)


def test_an_environment_with_a_region_is_not_brought_up_here(given: dict[str, str]) -> None:
    at_aws = {**DECLARED, "platform": {**DECLARED["platform"], "aifactory:region": "eu-west-1"}}
    assert set(violations(given, at_aws)) == {"aifactory:region"}


def test_a_folder_of_the_only_node_stands_in_for_the_storage_class(given: dict[str, str]) -> None:
    settings = Site.parse(Options(**given, local_volume="/srv/shared"), DECLARED).settings("platform")
    assert (settings["localVolume"], settings["storageClass"]) == ("/srv/shared", "")
    assert "STORAGE_CLASS" in violations({**given, "local_volume": "/srv/shared", "storage_class": "shared"})


@pytest.mark.parametrize(
    "written", ["https://store.example.org:9000/", "HTTPS://Store.example.org:9000", "https://store.example.org.:9000"]
)
def test_one_store_written_in_two_ways_was_taken_for_two(given: dict[str, str], written: str) -> None:
    layers = {name: dict(values) for name, values in DECLARED.items()}
    layers["vault"]["aifactory:offsiteBucket"] = layers["vault"]["aifactory:vaultBucket"]
    output = violations({**given, "offsite_s3": written}, layers)
    assert "three buckets" in output["aifactory:offsiteBucket"]
