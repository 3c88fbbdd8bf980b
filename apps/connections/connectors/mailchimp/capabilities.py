"""What a Mailchimp audience can do. A campaign's own state proves whether it was sent."""

from datetime import timedelta

from apps.connections.connectors.capability import AccountType, Capability, Verify

# There are none: what we may do is the role of the person who connected, and that may change at Mailchimp any day.
PERMISSIONS: dict[str, str] = {}

ACCOUNT_TYPES = {
    "audience": AccountType(
        name="a Mailchimp audience",
        who="audiences of an account in which the person who connects may send campaigns",
        scheduling="at quarter hours, on paid plans; not used",
        analytics="reports of sent campaigns; not used",
        rates="10 simultaneous calls for an account; one takes up to 120 seconds",
    )
}

# There are no scopes here: what a token may do is what its person may do. Viewers and authors send nothing.
MAY_SEND = frozenset({"owner", "admin", "manager"})

CAPABILITIES = {
    ("audience", "campaign"): Capability(
        text_limit=200_000, verify=Verify.BY_ID, link=True, longest_processing=timedelta(hours=6)
    ),
}
