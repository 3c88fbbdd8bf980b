"""What TikTok allows each user token a minute: https://developers.tiktok.com/doc/content-posting-api-reference-direct-post"""

from apps.jobs.limits import Budget, Limit, Per

LIMITS = (
    Limit(Per.TENANT, Budget.CALLS, burst=500, per_minute=300),
    Limit(Per.APP, Budget.READ, burst=600, per_minute=600),  # user/info, video/list, video/query
    Limit(Per.GRANT, Budget.READ, burst=20, per_minute=20),  # creator_info; the others are rare beside it
    Limit(Per.GRANT, Budget.INIT, burst=6, per_minute=6),
    Limit(Per.GRANT, Budget.STATUS, burst=30, per_minute=30),
)
