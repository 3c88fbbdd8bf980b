"""What Meta allows. Its own numbers depend on users and engagement and are told to nobody but the owner of an app, who can
enter them; beside each answer it says how much of them is gone (usage.py), and that slows us down.
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (Limit(Per.TENANT, Budget.CALLS, burst=200, per_minute=100),)
