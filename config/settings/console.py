"""How the ops console looks, and what its sidebar lists."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

from config.settings.mail import EMAIL_FOLDER


def _item(title: str, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{page}")}


UNFOLD = {
    "SITE_TITLE": "Reknit console",
    "SITE_HEADER": "Reknit",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("web/icon.svg")}
    ],
    "STYLES": [lambda _request: static("console/console.css")],
    "SCRIPTS": [lambda _request: static("console/console.js")],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Now",
                "items": [
                    _item("Home", "home", "index"),
                    _item("Find", "search", "find"),
                    _item("Incidents", "crisis_alert", "recovery_incidents"),
                    _item("Paused connections", "pause_circle", "paused"),
                    _item("Questions", "contact_support", "questions"),
                    _item("Dead letters", "drafts", "letters"),
                    _item("Operations", "checklist", "recovery_operation_changelist"),
                    _item("Runbooks", "menu_book", "runbooks"),
                    _item("Drills", "local_fire_department", "drills"),
                ],
            },
            {
                "title": "Everything",
                "items": [
                    _item("Connections", "cable", "connections_connection_changelist"),
                    _item("Jobs", "send", "jobs_job_changelist"),
                    _item("Lanes", "road", "jobs_lane_changelist"),
                    _item("Holds", "front_hand", "jobs_hold_changelist"),
                    _item("Limits", "speed", "jobs_changedlimit_changelist"),
                    _item("Buckets", "water_drop", "jobs_bucket_changelist"),
                    _item("Retries", "replay", "jobs_changedretry_changelist"),
                ],
            },
            {
                "title": "Errors",
                "items": [
                    _item("Unclassified", "help", "errors_inbox"),
                    _item("Error lab", "science", "errors_lab"),
                ],
            },
            {
                "title": "Webhooks",
                "items": [
                    _item("Endpoints", "webhook", "webhooks_endpoint_changelist"),
                    _item("Deliveries", "outbox", "webhooks_delivery_changelist"),
                    _item("From partners", "inbox", "webhooks_intake_changelist"),
                    _item("What they told", "forum", "webhooks_incomingevent_changelist"),
                    _item("Refused", "block", "webhooks_refusal_changelist"),
                    _item("Signing keys", "key", "webhooks_signingkeys_changelist"),
                    _item("Erasures", "delete_forever", "webhooks_erasure_changelist"),
                ],
            },
            {
                "title": "Insights",
                "items": [
                    _item("Checks", "ecg_heart", "insights_healthresult_changelist"),
                    _item("Weekly insights", "insights", "insights_advisorinsight_changelist"),
                ],
            },
            {
                "title": "Notifications",
                "items": [
                    _item("Notices", "mail", "notifications_notice_changelist"),
                    _item("Channels", "campaign", "notifications_channel_changelist"),
                    *([_item("Test mailbox", "stacked_email", "mailbox")] if EMAIL_FOLDER else []),
                ],
            },
            {
                "title": "People",
                "items": [
                    _item("Tenants", "apartment", "tenants_tenant_changelist"),
                    _item("People", "person", "tenants_user_changelist"),
                    _item("Flags", "toggle_on", "flags"),
                    _item("Memberships", "group", "tenants_membership_changelist"),
                    _item("Staff groups", "shield_person", "auth_group_changelist"),
                    _item("Failed sign-ins", "lock", "axes_accessattempt_changelist"),
                    _item("Audit", "history", "events_event_changelist"),
                ],
            },
            {
                "title": "System",
                "items": [_item("Periodic tasks", "schedule", "django_celery_beat_periodictask_changelist")],
            },
        ],
    },
}
