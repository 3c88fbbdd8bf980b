"""What may be done with a job: confirm or deny that it is out, cancel it, follow its tries."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.keys import HasScope, KeyAuthentication, caller_of
from apps.api.v2.jobs import attempt_to_json, to_json
from apps.api.v2.wanted import RequestInvalid
from apps.core import clock
from apps.jobs import queries
from apps.jobs.actions.answer import IT_IS_THERE, SEND_AGAIN, answer
from apps.jobs.actions.cancel import cancel


class JobConfirmView(APIView):
    """POST /api/v2/jobs/<id>/confirm {"posted": true}"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def post(self, request: Request, job: UUID) -> Response:
        """Take a person's word for an unconfirmed post: it is there, or it is to be sent again."""
        caller, at = caller_of(request), clock.now()
        queries.jobs_of(tenant=caller.tenant).get(pk=job)
        posted = request.data.get("posted") if isinstance(request.data, dict) else None
        if not isinstance(posted, bool):
            problem = {
                "field": "posted",
                "rule": "boolean",
                "message": "Say true if the post is there, else false.",
            }
            raise RequestInvalid(detail="Nothing was changed.", fields=[problem])
        said = IT_IS_THERE if posted else SEND_AGAIN
        done = answer(job, said, tenant=caller.tenant, actor=caller.actor, at=at)
        return Response(to_json(done, at=at))


class JobCancelView(APIView):
    """POST /api/v2/jobs/<id>/cancel"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def post(self, request: Request, job: UUID) -> Response:
        """Cancel it; 202 when it is on its way and the wish takes effect only if it turns out not to be out."""
        caller, at = caller_of(request), clock.now()
        queries.jobs_of(tenant=caller.tenant).get(pk=job)
        done = cancel(job, tenant=caller.tenant, actor=caller.actor, at=at)
        return Response(to_json(done, at=at), status=202 if done.cancel_wanted else 200)


class JobAttemptsView(APIView):
    """GET /api/v2/jobs/<id>/attempts"""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)

    def get(self, request: Request, job: UUID) -> Response:
        """Return every try, oldest first."""
        found = queries.jobs_of(tenant=caller_of(request).tenant).get(pk=job)
        return Response({"attempts": [attempt_to_json(one) for one in queries.attempts_of(found)]})
