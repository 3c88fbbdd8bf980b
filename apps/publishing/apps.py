"""Plugs publishing into the house."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "apps.publishing"
    label = "publishing"

    def ready(self) -> None:
        from apps.core.erasure import ERASERS
        from apps.jobs.kinds import KINDS
        from apps.jobs.metrics import MEASURES
        from apps.jobs.retention import OLD
        from apps.publishing import metrics, retention
        from apps.publishing.erasure import erase
        from apps.publishing.jobs import Delete, Publish

        for kind in (Publish(), Delete()):
            KINDS.plug(kind.name, kind)
        ERASERS.plug("publishing", erase)
        OLD.plug("publishing", retention.old)
        MEASURES.plug(Publish.name, metrics.count)
