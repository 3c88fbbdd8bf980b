"""What a Mailchimp audience can do. A campaign's own state proves whether it was sent."""

from datetime import timedelta

from apps.connections.connectors.interface import Capability, Verify

CAPABILITIES = {
    ("audience", "campaign"): Capability(
        text_limit=200_000, verify=Verify.BY_ID, longest_processing=timedelta(hours=6)
    ),
}
