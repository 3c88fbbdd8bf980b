"""What Google allows: 300 calls a minute for our project, which all tenants share, and 10 edits a minute for each profile
("cannot be raised"): https://developers.google.com/my-business/content/limits"""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (
    Limit(Per.TENANT, Budget.CALLS, burst=150, per_minute=100),
    Limit(Per.APP, Budget.CALLS, burst=300, per_minute=300),
    Limit(Per.CONNECTION, Budget.WRITE, burst=10, per_minute=10),
)
