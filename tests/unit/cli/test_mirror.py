"""`aifactory mirror`: what it lists, what it keeps of what came, and what it copies."""

import argparse
import io
import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cli.mirror import charts, commands, images
from components.charts.catalogue import CATALOGUE, CHART
from components.charts.digest import digest_of
from components.errors import FactoryError
from host.progress import Progress

QUIET = Progress(Console(quiet=True))
# It takes a copy and says the digest of one, as skopeo does; what it was asked is kept.
SKOPEO = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/asked"
case "$*" in
*unreachable*) echo "connection refused" >&2; exit 1 ;;
inspect*) echo "sha256:{digest}" ;;
esac
"""


def run(*arguments: str) -> str:
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    output = io.StringIO()
    assert commands.run(parser.parse_args(arguments), Console(file=output, width=200)) == 0
    return output.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(FactoryError) as error:
        run(*arguments)
    return str(error.value)


@pytest.fixture
def skopeo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "skopeo").write_text(SKOPEO.format(digest="a" * 64))
    (tmp_path / "bin" / "skopeo").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "bin"), os.environ["PATH"])))
    return tmp_path / "bin" / "asked"


def test_everything_of_the_catalogue_is_listed() -> None:
    lines = run("--region", "eu-central-1").splitlines()
    assert f"chart  jobset 0.10.1 {CATALOGUE['jobset'].digest}" in lines
    assert "image  602401143452.dkr.ecr.eu-central-1.amazonaws.com/eks/aws-efa-k8s-device-plugin:v0.5.20" in lines
    assert len(lines) == len(CATALOGUE) + sum(len(one.images) for one in CATALOGUE.values())


def test_only_some_are_listed() -> None:
    assert run("--only", "jobset").splitlines() == [
        f"chart  jobset 0.10.1 {CATALOGUE['jobset'].digest}",
        "image  registry.k8s.io/jobset/jobset:v0.10.1",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--only", "argo"), "--only = argo: not in the catalogue; one of argo-workflows,"),
        (("--to", "https://x"), "--to = 'https://x': a registry is HOST[:PORT][/FOLDER], without a scheme"),
        (("--region", "moon-1"), "--region = 'moon-1': efa-device-plugin is in EKS's registry of a region"),
    ],
)
def test_what_is_refused_says_the_remedy(arguments: tuple[str, ...], expected: str) -> None:
    assert expected in refused(*arguments)


def test_images_are_copied_whole_and_locked_by_digest(skopeo: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    run("--only", "jobset,karpenter", "--to", "registry.example.org/mirror", "--lock", str(lock))
    asked = skopeo.read_text().splitlines()
    karpenter = CATALOGUE["karpenter"].images[0].reference
    digest = karpenter.partition("@")[2]
    target = "docker://registry.example.org/mirror/public.ecr.aws/karpenter/controller:1.14.1"
    assert asked[0] == (
        "copy --quiet --all --preserve-digests docker://registry.k8s.io/jobset/jobset:v0.10.1 "
        "docker://registry.example.org/mirror/registry.k8s.io/jobset/jobset:v0.10.1"
    )
    # skopeo takes no tag beside a digest.
    assert asked[2].endswith(f" docker://public.ecr.aws/karpenter/controller@{digest} {target}")
    assert json.loads(lock.read_text()) == {
        "jobset": f"registry.example.org/mirror/registry.k8s.io/jobset/jobset@sha256:{'a' * 64}",
        "karpenter": f"registry.example.org/mirror/public.ecr.aws/karpenter/controller@sha256:{'a' * 64}",
    }


def test_images_of_publishers_are_locked_by_digest_and_copied_nowhere(skopeo: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    run("--only", "jobset,karpenter", "--lock", str(lock))
    # Karpenter's publisher said the digest itself.
    asked = ["inspect --format {{.Digest}} docker://registry.k8s.io/jobset/jobset:v0.10.1"]
    assert skopeo.read_text().splitlines() == asked
    assert json.loads(lock.read_text()) == {
        "jobset": f"registry.k8s.io/jobset/jobset@sha256:{'a' * 64}",
        "karpenter": CATALOGUE["karpenter"].images[0].reference.replace(":1.14.1@", "@"),
    }


def test_a_copy_that_fails_is_named_and_what_was_copied_is_locked(skopeo: Path, tmp_path: Path) -> None:
    lock = tmp_path / "lock.json"
    (good,) = images.copies(["jobset"], "", "registry.example.org")
    bad = replace(good, name="bad", target="unreachable.example.org/x:1")
    with pytest.raises(FactoryError, match="connection refused"):
        images.copy([good, bad], lock, QUIET)
    assert list(json.loads(lock.read_text())) == ["jobset"]
    assert skopeo.exists()


def archive(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
        link = tarfile.TarInfo("repository-1/stable/it/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


def test_of_an_archive_the_plain_files_of_one_folder_are_taken(tmp_path: Path) -> None:
    packed = archive(
        tmp_path / "a.tar.gz",
        {
            "repository-1/stable/it/Chart.yaml": "name: it",
            "repository-1/stable/it/templates/a.yaml": "a",
            "repository-1/stable/it/../../../out": "evil",
            "repository-1/stable/item/Chart.yaml": "name: item",
            "repository-1/README.md": "",
        },
    )
    charts.unpack(packed, "stable/it", tmp_path / "to")
    found = sorted(str(path.relative_to(tmp_path / "to")) for path in (tmp_path / "to").rglob("*") if path.is_file())
    assert found == ["Chart.yaml", "templates/a.yaml"]
    assert not (tmp_path / "out").exists()


def test_a_chart_that_is_not_what_was_reviewed_is_not_kept(tmp_path: Path) -> None:
    brought, folder = tmp_path / "brought", tmp_path / "charts"
    (brought / CHART).mkdir(parents=True)
    (brought / CHART / "Chart.yaml").write_text("name: other\n")
    folder.mkdir()
    jobset = CATALOGUE["jobset"]
    with pytest.raises(FactoryError) as error:
        charts.keep(jobset, brought, folder)
    output = str(error.value)
    assert output.startswith(
        f"chart jobset 0.10.1: {jobset.digest} was expected, and what came is {digest_of(brought)}"
    )
    assert "not kept" in output
    assert list(folder.iterdir()) == []
    charts.keep(replace(jobset, digest=digest_of(brought)), brought, folder)
    assert (folder / "jobset-0.10.1" / CHART / "Chart.yaml").exists()


def test_a_publisher_that_cannot_be_reached_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody listens there.
    monkeypatch.setenv("AIFACTORY_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(FactoryError) as error:
        charts.fetch(["dcgm-exporter"], tmp_path / "charts", QUIET)
    output = str(error.value)
    assert output.startswith("chart dcgm-exporter 4.8.2: http://127.0.0.1:1/codeload.github.com/NVIDIA/dcgm-exporter/")
    assert "by `aifactory mirror --charts FOLDER`, and copy that folder here" in output
    assert list((tmp_path / "charts").iterdir()) == []
