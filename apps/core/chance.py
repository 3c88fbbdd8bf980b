"""Chance that spreads load, such as the waits of retries and checks; no secret is ever made of it."""

from random import Random

RNG = Random()  # noqa: S311 - see above
