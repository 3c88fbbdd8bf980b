"""How much of the long tests is played: a part of it in every run of the suite, all of it by `make test WHOLE=1`."""

import os

WHOLE = bool(os.environ.get("REKNIT_WHOLE"))
