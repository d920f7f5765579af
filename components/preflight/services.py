"""The types of two of AWS's services, of which no stubs are installed: what is read of them, and no more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NotRequired, Protocol, TypedDict


class UsageMetric(TypedDict):
    """servicequotas, MetricInfo."""

    MetricNamespace: str
    MetricName: str
    MetricDimensions: Mapping[str, str]


class QuotaDescription(TypedDict):
    """servicequotas, ServiceQuota."""

    QuotaCode: str
    QuotaName: str
    Value: float
    UsageMetric: NotRequired[UsageMetric]


class QuotaAnswer(TypedDict):
    """servicequotas:GetServiceQuota."""

    Quota: QuotaDescription


class QuotaPage(TypedDict):
    """servicequotas:ListServiceQuotas."""

    Quotas: Sequence[QuotaDescription]


class QuotaPages(Protocol):
    def paginate(self, *, ServiceCode: str) -> Iterable[QuotaPage]: ...


class ServiceQuotas(Protocol):
    """botocore's client of `service-quotas`."""

    def get_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> QuotaAnswer: ...

    def get_aws_default_service_quota(self, *, ServiceCode: str, QuotaCode: str) -> QuotaAnswer: ...

    def get_paginator(self, operation_name: Literal["list_service_quotas"]) -> QuotaPages: ...


class Datapoint(TypedDict):
    """cloudwatch, Datapoint with the statistic Maximum."""

    Timestamp: datetime
    Maximum: float


class Statistics(TypedDict):
    """cloudwatch:GetMetricStatistics."""

    Datapoints: Sequence[Datapoint]


class CloudWatch(Protocol):
    """botocore's client of `cloudwatch`."""

    def get_metric_statistics(
        self,
        *,
        Namespace: str,
        MetricName: str,
        Dimensions: Sequence[Mapping[str, str]],
        StartTime: datetime,
        EndTime: datetime,
        Period: int,
        Statistics: Sequence[str],
    ) -> Statistics: ...
