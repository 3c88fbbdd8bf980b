"""Where the partners are, and who we are to them; any server can stand in for a partner."""

from config.env import env

DEFAULT_URLS = {
    "META_WWW_URL": "https://www.facebook.com",
    "META_GRAPH_URL": "https://graph.facebook.com",
    "META_GRAPH_VIDEO_URL": "https://graph-video.facebook.com",
    "META_RUPLOAD_URL": "https://rupload.facebook.com",
    "INSTAGRAM_WWW_URL": "https://www.instagram.com",
    "INSTAGRAM_API_URL": "https://api.instagram.com",
    "INSTAGRAM_GRAPH_URL": "https://graph.instagram.com",
    "LINKEDIN_WWW_URL": "https://www.linkedin.com",
    "LINKEDIN_API_URL": "https://api.linkedin.com",
    "TIKTOK_WWW_URL": "https://www.tiktok.com",
    "TIKTOK_API_URL": "https://open.tiktokapis.com",
    "GOOGLE_ACCOUNTS_URL": "https://accounts.google.com",
    "GOOGLE_OAUTH_URL": "https://oauth2.googleapis.com",
    "GBP_ACCOUNTS_URL": "https://mybusinessaccountmanagement.googleapis.com",
    "GBP_INFORMATION_URL": "https://mybusinessbusinessinformation.googleapis.com",
    "GBP_V4_URL": "https://mybusiness.googleapis.com",
    "MAILCHIMP_LOGIN_URL": "https://login.mailchimp.com",
    "MAILCHIMP_API_URL": "https://{dc}.api.mailchimp.com",
    # The whole address: where Google publishes the keys that it signs webhooks with.
    "GOOGLE_CERTS_URL": "https://www.googleapis.com/oauth2/v3/certs",
    "GBP_RISC_CONFIG_URL": "https://accounts.google.com/.well-known/risc-configuration",
}
PARTNER_URLS = {
    name: env.text(f"REKNIT_{name}", default).rstrip("/") for name, default in DEFAULT_URLS.items()
}

_CREDENTIALS = (
    *(
        f"{platform}_CLIENT_{part}"
        for platform in ("META", "LINKEDIN", "TIKTOK", "GBP", "MAILCHIMP")
        for part in ("ID", "SECRET")
    ),
    "INSTAGRAM_CLIENT_ID",  # Meta's second app: Instagram's own login
    "INSTAGRAM_CLIENT_SECRET",
    # For webhooks: our word in Meta's handshake; for whom, by whom and through what Pub/Sub pushes.
    "META_VERIFY_TOKEN",
    "GBP_PUBSUB_AUDIENCE",
    "GBP_PUBSUB_EMAIL",
    "GBP_PUBSUB_SUBSCRIPTION",
)
# A secret may be several, comma-separated, while it is replaced: the first is ours to use, all of them count.
PARTNER_CREDENTIALS = {name: env.text(f"REKNIT_{name}", "") for name in _CREDENTIALS}

# What stands in for the partners while a drill runs: the simulator's stage, and the desk that directs it. Without both
# there are no drills.
STAGE_URL = env.text("REKNIT_STAGE_URL", "").rstrip("/")
SIMULATOR_URL = env.text("REKNIT_SIMULATOR_URL", "").rstrip("/")

# Which version of its API a partner is called with.
META_API_VERSION = env.text("REKNIT_META_API_VERSION", "v23.0")
LINKEDIN_API_VERSION = env.text("REKNIT_LINKEDIN_API_VERSION", "202610")
