"""What the engine tells the house about."""

from apps.events import verbs

verbs.declare("job.succeeded", "A job ended well.")
verbs.declare("job.failed", "The content must change before this can be published.")
verbs.declare("job.held", "A job waits for a person.")
verbs.declare("job.verifying", "We look at the partner before we do anything else.")
verbs.declare("job.cancelled", "Somebody cancelled a job.")
verbs.declare("job.skipped_late", "A post was too late by the tenant's own rule.")
verbs.declare("job.answered", "A person answered a question about a held job.")
verbs.declare("error.classified", "A partner's answer got its name.")
verbs.declare("error.critical", "An error concerns everybody, not one post: operations are told.")
verbs.declare("error.retry_scheduled", "A failed attempt will be tried again.")
verbs.declare("error.dead_lettered", "A job cannot go on by itself.")
verbs.declare("breaker.opened", "A partner keeps failing on a connection; its posts wait.")
verbs.declare("breaker.half_opened", "One post tries whether the partner works again.")
verbs.declare("breaker.closed", "The partner works again.")
verbs.declare("error.resolved", "A dead letter was replayed or put aside.")
