"""The values that each chart is given: pure functions of a site's facts."""

import json
from collections.abc import Mapping
from typing import cast

from components.charts.args import ChartContext
from components.charts.images import Image, reference, repository_and_tag
from components.gpu_pool.spec import EFA_LABEL, TAINT

Values = dict[str, object]
Images = Mapping[str, Image]

GPU_LABEL = "nvidia.com/gpu.present"
"""Label that pools of GPU nodes have from birth; the charts' own affinity waits for Node Feature Discovery."""
# Of CPU nothing is limited here: that slows a controller down when it has most to do. What charts limit by themselves
# stays.
REQUESTS = {"cpu": "100m", "memory": "256Mi"}
MEMORY_LIMIT = "1Gi"
READY = "IfNotPresent"
# What Kueue manages. Its default also has pods, Deployments and StatefulSets: then no pod of the cluster is admitted
# while Kueue's webhook does not answer.
KUEUE_FRAMEWORKS = ("batch/job", "jobset.x-k8s.io/jobset")


def jobset(context: ChartContext, images: Images) -> Values:
    """The chart's own image is of its main branch: what is released is named."""
    controller: Values = {"resources": resources(context)}
    if "run_as_user" in context:
        controller["podSecurityContext"] = {"runAsUser": context["run_as_user"]}
    return {"image": _image(context, images["jobset"]), "controller": controller}


def kueue(context: ChartContext, images: Images) -> Values:
    configuration = {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        "metrics": {"bindAddress": ":8443"},
        "webhook": {"port": 9443},
        "leaderElection": {"leaderElect": True, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
        "clientConnection": {"qps": 50, "burst": 100},
        "integrations": {"frameworks": list(KUEUE_FRAMEWORKS)},
    }
    return {
        "controllerManager": {
            "manager": {"image": _image(context, images["kueue"]), "resources": resources(context)},
        },
        # YAML is a superset of JSON.
        "managerConfig": {"controllerManagerConfigYaml": json.dumps(configuration, indent=1)},
    }


def device_plugin(context: ChartContext, images: Images) -> Values:
    """GPU and node feature discovery stay off: they label nodes from pods that the pool's taint keeps away."""
    return {
        "image": _image(context, images["nvidia-device-plugin"]),
        "affinity": _on_nodes(GPU_LABEL),
        "tolerations": tolerations(context),
    }


def efa_plugin(context: ChartContext, images: Images) -> Values:
    """On nodes that EC2 says have EFA: elsewhere it crash-loops, and the chart's list of types grows old with it."""
    repository, tag = repository_and_tag(reference(images["efa-device-plugin"], context))
    return {
        "image": {"repository": repository, "tag": tag},
        "supportedInstanceLabels": {"keys": [context.get("efa_label", EFA_LABEL)], "values": ["true"]},
        # The chart adds CriticalAddonsOnly itself.
        "tolerations": tolerations(context)[1:],
    }


def dcgm_exporter(context: ChartContext, images: Images) -> Values:
    return {
        "image": _image(context, images["dcgm-exporter"]),
        "affinity": _on_nodes(GPU_LABEL),
        "tolerations": tolerations(context),
        # A kind that the cluster lacks would fail the whole deployment.
        "serviceMonitor": {"enabled": context.get("monitoring", False)},
    }


def karpenter(context: ChartContext, images: Images) -> Values:
    """Interruptions come by its queue. In a closed network it asks neither IAM nor the price list."""
    return {
        # The reference holds the digest.
        "controller": {"image": {**_pair(context, images["karpenter"]), "digest": ""}, "resources": resources(context)},
        "imagePullPolicy": context.get("pull_policy", READY),
        "serviceMonitor": {"enabled": context.get("monitoring", False)},
        "settings": {
            "clusterName": context.get("cluster_name"),
            "interruptionQueue": context.get("interruption_queue"),
            # Karpenter's own guide, "Private clusters".
            "isolatedVPC": context.get("closed", False),
            # Alpha, and off by default (the chart's values.yaml).
            **({"featureGates": {"staticCapacity": True}} if context.get("static_nodes") else {}),
        },
    }


def load_balancer_controller(context: ChartContext, images: Images) -> Values:
    """Region and VPC are said: what asks the metadata service for them dies on nodes that keep pods away from it.

    The webhook's certificate is cert-manager's: the chart's own way makes another one each time that it is rendered.
    """
    values: Values = {
        "image": _image(context, images["aws-load-balancer-controller"]),
        "clusterName": context.get("cluster_name"),
        "region": context.get("region"),
        "vpcId": context.get("vpc_id"),
        "enableCertManager": True,
        "resources": resources(context),
        "serviceMonitor": {"enabled": context.get("monitoring", False)},
    }
    if context.get("closed"):
        # EKS user guide, "Private clusters": Shield and WAF have no endpoint in a VPC.
        values |= {"enableShield": False, "enableWaf": False, "enableWafv2": False}
    return values


def keda(context: ChartContext, images: Images) -> Values:
    parts = {"keda": "keda", "metricsApiServer": "keda-metrics-apiserver", "webhooks": "keda-admission-webhooks"}
    pairs = {part: {"registry": "", **_pair(context, images[name])} for part, name in parts.items()}
    return {
        "image": {**pairs, "pullPolicy": context.get("pull_policy", READY)},
        "resources": {part: resources(context) for part in ("operator", "metricServer", "webhooks")},
    }


def cert_manager(context: ChartContext, images: Images) -> Values:
    """Its check of its own API is a hook, which is never run here; its CRDs are declared apart."""
    return {
        "crds": {"enabled": False},
        "startupapicheck": {"enabled": False},
        "image": _image(context, images["cert-manager-controller"]),
        "resources": resources(context),
        "webhook": {"image": _image(context, images["cert-manager-webhook"]), "resources": resources(context)},
        "cainjector": {"image": _image(context, images["cert-manager-cainjector"]), "resources": resources(context)},
        "acmesolver": {"image": _image(context, images["cert-manager-acmesolver"])},
        "prometheus": {"servicemonitor": {"enabled": context.get("monitoring", False)}},
    }


def resources(context: ChartContext) -> Values:
    """What a controller asks for and may use."""
    return {"requests": dict(context.get("requests", REQUESTS)), "limits": {"memory": MEMORY_LIMIT}}


def tolerations(context: ChartContext) -> list[Values]:
    """What lets a pod onto GPU nodes, whatever the value of their taint."""
    return [
        {"key": "CriticalAddonsOnly", "operator": "Exists"},
        {"key": context.get("gpu_taint", TAINT), "operator": "Exists", "effect": "NoSchedule"},
    ]


def probed_each(deployment: Values, seconds: int) -> Values:
    """The properties of a Deployment with another pace of its readiness probes."""
    spec = cast("Values", deployment["spec"])
    template = cast("Values", spec["template"])
    pod = cast("Values", template["spec"])
    pace = {"initialDelaySeconds": seconds, "periodSeconds": seconds}
    containers = [
        {**one, "readinessProbe": {**cast("Values", one["readinessProbe"]), **pace}} if "readinessProbe" in one else one
        for one in cast("list[Values]", pod["containers"])
    ]
    return {**deployment, "spec": {**spec, "template": {**template, "spec": {**pod, "containers": containers}}}}


def _image(context: ChartContext, image: Image) -> Values:
    return {**_pair(context, image), "pullPolicy": context.get("pull_policy", READY)}


def _pair(context: ChartContext, image: Image) -> Values:
    repository, tag = repository_and_tag(reference(image, context))
    return {"repository": repository, "tag": tag}


def _on_nodes(label: str) -> Values:
    terms = [{"matchExpressions": [{"key": label, "operator": "In", "values": ["true"]}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
