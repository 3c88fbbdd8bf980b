"""Why a drill is not to run."""

from apps.core.problems import Problem


class DrillRefused(Problem):
    """This drill is not to run here, or not like this."""

    code = "drill_refused"
    status = 409
    title = "This drill cannot be run"
