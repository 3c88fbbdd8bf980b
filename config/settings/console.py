"""How the ops console looks."""

from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "Reknit console",
    "SITE_HEADER": "Reknit",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("web/icon.svg")}
    ],
    "STYLES": [lambda _request: static("console/console.css")],
    "SCRIPTS": [lambda _request: static("console/console.js")],
}
