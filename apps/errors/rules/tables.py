"""Which tables are asked for a platform, in this order."""

from apps.errors.rules import gbp, http, linkedin, mailchimp, meta, tiktok
from apps.errors.rules.rule import Rule

TABLES: dict[str, tuple[Rule, ...]] = {
    "meta": meta.RULES + http.RULES,
    "linkedin": linkedin.RULES + http.RULES,
    "tiktok": tiktok.RULES + http.RULES,
    "gbp": gbp.RULES + http.RULES,
    "google_api": gbp.RULES + http.RULES,
    "mailchimp": mailchimp.RULES + http.RULES,
    "http": http.RULES,
}
