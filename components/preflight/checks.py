"""Every check of a plan: what is asked first, what is asked at once, and what is not asked at all."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from components.preflight.addresses import check_cidrs, check_zones
from components.preflight.capacity import check_offered, check_reservations, check_types
from components.preflight.findings import About, Finding
from components.preflight.plan import Plan
from components.preflight.questions import NoAnswer, Questions, Why
from components.preflight.quotas import check_quotas
from components.preflight.releases import check_addons, check_endpoints, check_version

ACCOUNT = "account"
CHECKS: Mapping[str, Callable[[Plan, Questions], list[Finding]]] = {
    "zones": check_zones,
    "cidr": check_cidrs,
    "type": check_types,
    "offered": check_offered,
    "quota": check_quotas,
    "reservation": check_reservations,
    "version": check_version,
    "addon": check_addons,
    "endpoints": check_endpoints,
}
NAMES = (ACCOUNT, *CHECKS)
REMEDIES = {
    Why.CREDENTIALS: "sign in again (aws sso login), or name a profile with credentials: aifactory:awsProfile, AWS_PROFILE",
    Why.REFUSED: "check aifactory:region and aifactory:awsProfile",
    Why.UNREACHABLE: "check aifactory:region, aifactory:awsEndpoint and the way to the network",
}


def preflight(plan: Plan, ask: Questions) -> tuple[Finding, ...]:
    """What AWS says of a plan; in the order of the checks. Raises nothing: a question without an answer is a finding.

    Where nobody is signed in or nothing answers, that is the one finding: every other would repeat it.
    """
    account = _check_account(ask)
    if account.remedy:
        return (account,)
    with ThreadPoolExecutor(max_workers=len(CHECKS)) as pool:
        found = [pool.submit(check, plan, ask) for check in CHECKS.values()]
        return (account, *(finding for one in found for finding in one.result()))


def _check_account(ask: Questions) -> Finding:
    about = About(ACCOUNT)
    try:
        caller = ask.caller()
    except NoAnswer as error:
        if error.why in REMEDIES:
            return about.failed(str(error), REMEDIES[error.why])
        return about.not_judged(str(error))
    return About(ACCOUNT, value=caller.account).ok(f"asked as {caller.arn}")
