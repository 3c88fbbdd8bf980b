"""What can be broken: one small file each."""

from apps.drills.choices import DrillName
from apps.drills.scenarios import (
    clock_skew,
    cut_socket,
    duplicate_webhook,
    expire_token,
    mass_revocation,
    partner_5xx,
    rate_limit_429,
    refresh_race,
    remove_permission,
    slow_partner,
    worker_killed,
)
from apps.drills.scenarios.base import Scenario

SCENARIOS: dict[str, Scenario] = {
    DrillName.EXPIRE_TOKEN: expire_token.SCENARIO,
    DrillName.REMOVE_PERMISSION: remove_permission.SCENARIO,
    DrillName.PARTNER_5XX: partner_5xx.SCENARIO,
    DrillName.RATE_LIMIT_429: rate_limit_429.SCENARIO,
    DrillName.SLOW_PARTNER: slow_partner.SCENARIO,
    DrillName.CUT_SOCKET: cut_socket.SCENARIO,
    DrillName.DUPLICATE_WEBHOOK: duplicate_webhook.SCENARIO,
    DrillName.MASS_REVOCATION: mass_revocation.SCENARIO,
    DrillName.REFRESH_RACE: refresh_race.SCENARIO,
    DrillName.WORKER_KILLED: worker_killed.SCENARIO,
    DrillName.CLOCK_SKEW: clock_skew.SCENARIO,
}
