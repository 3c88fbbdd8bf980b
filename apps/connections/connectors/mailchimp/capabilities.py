"""What a Mailchimp audience can do. A campaign's own state proves whether it was sent."""

from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

# There are no scopes here: what a token may do is what its person may do. Viewers and authors send nothing.
MAY_SEND = frozenset({"owner", "admin", "manager"})

CAPABILITIES = {
    ("audience", "campaign"): Capability(
        text_limit=200_000, verify=Verify.BY_ID, longest_processing=timedelta(hours=6)
    ),
}
