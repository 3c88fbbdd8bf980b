"""celery -A tests.bench.peer.app worker"""

import os

import requests
from celery import Celery
from celery.signals import worker_process_init

app = Celery("peer", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True
app.conf.task_default_queue = "posts"
app.conf.worker_prefetch_multiplier = int(os.environ.get("PREFETCH", "4"))
app.conf.broker_connection_retry_on_startup = True

session = requests.Session()


@worker_process_init.connect
def begin(**_kwargs: object) -> None:
    """Give each process a session of its own: a socket shared over a fork would mix answers up."""
    global session  # noqa: PLW0603 - one for each process
    session = requests.Session()


@app.task(name="publish", autoretry_for=(requests.RequestException,), retry_backoff=True, max_retries=8)
def publish(account: str, text: str) -> None:
    """Post once."""
    url = f"{os.environ['REKNIT_META_GRAPH_URL']}/v23.0/{account}/feed"
    answer = session.post(url, data={"message": text, "access_token": f"token-{account}"}, timeout=30)
    answer.raise_for_status()
