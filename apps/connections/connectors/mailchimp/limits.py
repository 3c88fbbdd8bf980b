"""What Mailchimp allows: 10 calls at the same time for each account, whichever key they use; one that timed out on our
side still counts there. We take half: https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits"""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (
    Limit(Per.TENANT, Budget.CALLS, burst=200, per_minute=100),
    Limit(Per.GRANT, Budget.SLOTS, burst=5),
)
