"""A preview for the reviewer of a pull request: what is lost, what breaks a rule, what runs again, what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from cli.cost.estimate import Estimate, estimate
from cli.cost.prices import PriceTable
from cli.review.access import AccessChange, access_changes
from cli.review.findings import PolicyFinding, findings
from cli.review.loss import Loss, losses
from cli.review.protection import ProtectionChange, protection
from cli.review.stages import StageChange, changed_stages
from cli.review.steps import LayerPlan, Step


class Verdict(Enum):
    """What a reviewer is to do."""

    BLOCKED = "blocked"
    LOOK = "look"
    SAFE = "safe"
    NONE = "no changes"


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerReview:
    """One layer of the environment."""

    plan: LayerPlan
    losses: tuple[Loss, ...]
    findings: tuple[PolicyFinding, ...]
    access: tuple[AccessChange, ...]

    @property
    def changes(self) -> tuple[Step, ...]:
        return self.plan.steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """Every layer that was previewed, and what was not."""

    env: str
    head: str
    """Commit that was previewed; "" where it is not known."""
    layers: tuple[LayerReview, ...]
    stages: tuple[StageChange, ...]
    protection: tuple[ProtectionChange, ...]
    skipped: Mapping[str, str]
    """Layer -> why it was not previewed."""
    cost: Estimate | None = None
    """None where there are no prices of the environment's region."""

    @property
    def findings(self) -> tuple[PolicyFinding, ...]:
        return tuple(finding for layer in self.layers for finding in layer.findings)

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(loss for layer in self.layers for loss in layer.losses)

    @property
    def access(self) -> tuple[AccessChange, ...]:
        return tuple(change for layer in self.layers for change in layer.access)

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """(layer, message) of what ended a preview."""
        return tuple((layer.plan.layer, error) for layer in self.layers for error in layer.plan.errors)

    @property
    def verdict(self) -> Verdict:
        """Blocked where an update would be refused; to look at where something is lost, weakened or opened."""
        if any(layer.plan.failed for layer in self.layers) or any(one.is_blocking for one in self.findings):
            return Verdict.BLOCKED
        weaker = any(change.differs for change in self.protection)
        if self.access or weaker or self.skipped or any(loss.is_stateful for loss in self.losses):
            return Verdict.LOOK
        return Verdict.SAFE if any(layer.changes for layer in self.layers) or self.stages else Verdict.NONE


def review(
    env: str,
    plans: Sequence[LayerPlan],
    *,
    head: str = "",
    standing: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    skipped: Mapping[str, str] | None = None,
    prices: PriceTable | None = None,
    today: date | None = None,
) -> Review:
    """Of each layer's plan. `standing`: by layer, the (rule, URN) that the deployed state breaks already."""
    by_layer = {plan.layer: plan for plan in plans}
    vault, workloads = by_layer.get("vault"), by_layer.get("workloads")
    return Review(
        env=env,
        head=head,
        layers=tuple(
            LayerReview(
                plan=plan,
                losses=tuple(losses(plan.steps)),
                findings=findings(plan, config_file(env, plan.layer), (standing or {}).get(plan.layer, ())),
                access=access_changes(plan.steps),
            )
            for plan in plans
        ),
        stages=changed_stages(*workloads.outputs) if workloads else (),
        protection=protection(vault.deployed, vault.declared) if vault else (),
        skipped=skipped or {},
        cost=_cost(plans, prices, today or date.today()) if prices else None,
    )


def _cost(plans: Sequence[LayerPlan], prices: PriceTable, today: date) -> Estimate:
    """Of all layers together."""
    before = [one for plan in plans for one in plan.priced[0]]
    after = [one for plan in plans for one in plan.priced[1]]
    return estimate(before, after, prices, today)


def config_file(env: str, layer: str) -> str:
    """Where a layer is configured, relative to the repository."""
    return f"stacks/config/Pulumi.{env}.{layer}.yaml"
