"""Gates a model, signs what it is and where it came from, and puts it on record."""

import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from workloads.stage.app.attempt import Attempt, Metrics, run
from workloads.stage.app.error import StageError
from workloads.stage.app.manifest import StoredObject, digest
from workloads.stage.app.model import Model, model_path, signature_path
from workloads.stage.app.signing import sign
from workloads.stage.app.store import environment


def register(attempt: Attempt) -> Metrics:
    # First: a signature that cannot be made should cost no reading of weights.
    key_file, uri = Path(environment("SIGNING_KEY_FILE")), environment("MLFLOW_TRACKING_URI")
    evaluated, trained = attempt.input("evaluate"), attempt.input("train")
    measured = gate(evaluated.metrics)
    for item in trained.objects:
        # What is signed was read: a byte that changed since training is found here.
        attempt.fetch(item).unlink()
    inputs = {
        stage: {"key": key, "manifest_sha256": attempt.manifest(stage, key)[1].sha256}
        for stage, key in _lineage(attempt).items()
    }
    model = Model(
        files=tuple(sorted(trained.objects, key=lambda item: item.name)),
        inputs=inputs,
        metrics=evaluated.metrics,
        run=attempt.spec.run,
        recipe=trained.recipe,
        base=None,
    )
    content = model.encode()
    name, signature = digest(content), sign(content, key_file)
    for path, part in ((model_path(name), content), (signature_path(name), signature)):
        # Ed25519 is deterministic and the path holds the digest: what stands there already is the same.
        if not attempt.store.put_once(path, part) and attempt.store.get(path) != part:
            raise StageError(
                path, "other bytes", "holds this model's own manifest and signature", "restore it from the vault"
            )
        attempt.refer(StoredObject(name=Path(path).name, object=path, sha256=digest(part), size=len(part)))
    # Here, because MLflow takes seconds to import and a fault above should be reported at once.
    from workloads.pipeline.app.tracking import track

    version = track(
        uri=uri,
        name=attempt.spec.recipe.text("name", "aifactory"),
        source=f"s3://{attempt.store.bucket}/models/{name}",
        metrics={**measured, **numbers(trained.metrics)},
        params={key: str(value) for key, value in trained.recipe.items()},
        tags={
            "digest": name,
            "signature": signature.decode(),
            "run": attempt.spec.run,
            **{f"key.{stage}": part["key"] for stage, part in inputs.items()},
        },
    )
    return {"model": name, "version": version, "parameters": trained.metrics.get("parameters"), **measured}


def gate(metrics: Mapping[str, object]) -> dict[str, float]:
    """The numbers of an evaluation. Raises StageError unless the model beats both baselines."""
    measured = numbers(metrics)
    perplexity = measured.get("perplexity", math.nan)
    for baseline in ("untrained_perplexity", "unigram_perplexity"):
        # Said so that NaN on either side is refused.
        if not perplexity < measured.get(baseline, math.nan):
            rule = f"is below {baseline} = {measured.get(baseline)}"
            raise StageError("perplexity", perplexity, rule, "train a model that is better than its baselines")
    return measured


def numbers(values: Mapping[str, object]) -> dict[str, float]:
    return {key: float(cast(float, value)) for key, value in values.items() if isinstance(value, int | float)}


def _lineage(attempt: Attempt) -> dict[str, str]:
    """Every stage that the model came from, inputs of inputs included."""
    found: dict[str, str] = {}
    left = dict(attempt.spec.inputs)
    while left:
        stage, key = left.popitem()
        found[stage] = key
        left.update(attempt.manifest(stage, key)[0].inputs)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    sys.exit(run("register", register))
