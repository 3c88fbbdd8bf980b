"""What LinkedIn allows: a daily number for the app and one for the member, neither of them published. It says "slow down"
by itself, without a usage header: https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits"""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (Limit(Per.TENANT, Budget.CALLS, burst=100, per_minute=50),)
