"""What Meta allows. Its own numbers depend on users and engagement and are not published: first values, which Meta's usage
headers lower; operators set what the app dashboard shows."""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (
    Limit(Per.TENANT, Budget.CALLS, burst=200, per_minute=100),
    # "200 calls an hour for each user" over all users of the app, https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    Limit(Per.APP, Budget.CALLS, burst=6000, per_minute=6000),
    # A page or Instagram account has 4,800 calls a day for each engaged user.
    Limit(Per.CONNECTION, Budget.CALLS, burst=200, per_minute=100),
)
