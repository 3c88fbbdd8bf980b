"""
Sets the clocks of our processes apart: each as if it lived on a machine of its own whose clock is wrong.

The engine's worker is ahead and the control worker behind; web, beat, the database and the partners are right.
"""

import os
import time

HOURS = {"engine": 2, "control": -2}

if (hours := HOURS.get(os.environ.get("REKNIT_WORKER", ""))) and os.environ.get("REKNIT_TEST_SKEW"):
    import time_machine

    time_machine.travel(time.time() + hours * 3600, tick=True).start()
