"""Tells workers that there is something to do. A lost message loses nothing: beat and the watchdog look anyway."""

import logging

from celery import current_app

logger = logging.getLogger(__name__)
# Messages that wait in a queue. Whoever takes the next sees our rows as well, or beat asks a second or two later.
ENOUGH = 20


def tell(task: str, queue: str) -> None:
    """
    Send one message, unless workers are behind anyway.

    It has no time at which it is over: whose clock would say so? Two machines' clocks may be hours apart.
    """
    try:
        with current_app.producer_or_acquire() as producer:
            if producer.channel.queue_declare(queue).message_count < ENOUGH:
                current_app.send_task(task, queue=queue, producer=producer, ignore_result=True, retry=False)
    except Exception as error:  # noqa: BLE001 - the broker may be away in any way; the row is already safe
        logger.warning("wake.lost", extra={"error": type(error).__name__})
