"""Which table is asked for a platform: its own rules, then the token endpoints', then the bare HTTP status."""

from apps.errors.rules import gbp, google_api, http, linkedin, mailchimp, meta, oauth, tiktok
from apps.errors.rules.table import Table

TABLES: dict[str, Table] = {
    "meta": Table(meta.RULES, oauth.RULES, http.RULES),
    "linkedin": Table(linkedin.RULES, oauth.RULES, http.RULES),
    "tiktok": Table(tiktok.RULES, oauth.RULES, http.RULES),
    "gbp": Table(gbp.RULES, oauth.RULES, http.RULES),
    "google_api": Table(google_api.RULES, oauth.RULES, http.RULES),
    "mailchimp": Table(mailchimp.RULES, oauth.RULES, http.RULES),
    "oauth": Table(oauth.RULES, http.RULES),
    "http": Table(http.RULES),
}
