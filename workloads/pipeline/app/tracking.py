"""MLflow's side of a registered model: the run with its numbers, and a version with its lineage."""

from collections.abc import Mapping

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from workloads.stage.app.error import StageError


def track(
    *,
    uri: str,
    name: str,
    source: str,
    metrics: Mapping[str, float],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> str:
    """Makes the run and the version, or finds those of an earlier attempt by `tags["digest"]`; returns the version."""
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    try:
        _model(client, name)
        for existing in client.search_model_versions(f"name='{name}' and tags.digest='{tags['digest']}'"):
            return str(existing.version)
        experiment = _experiment(client, name)
        run = client.create_run(experiment, run_name=tags["run"], tags=dict(tags)).info.run_id
        for key, value in params.items():
            client.log_param(run, key, value)
        for key, value in metrics.items():
            client.log_metric(run, key, value)
        client.set_terminated(run)
        return str(client.create_model_version(name, source, run_id=run, tags=dict(tags)).version)
    except MlflowException as error:
        raise StageError("MLFLOW_TRACKING_URI", uri, f"takes the model ({error.message})", "see MLflow's log") from None


def _model(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _experiment(client: MlflowClient, name: str) -> str:
    existing = client.get_experiment_by_name(name)
    if existing is not None:
        return existing.experiment_id
    try:
        return client.create_experiment(name)
    except MlflowException as error:
        # Another run made it between the two calls.
        existing = client.get_experiment_by_name(name)
        if error.error_code != "RESOURCE_ALREADY_EXISTS" or existing is None:
            raise
        return existing.experiment_id
