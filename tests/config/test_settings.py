"""Wrong settings are one sentence at boot, never a traceback."""

import importlib
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.env import Env
from config.settings import engine
from config.settings.database import from_url
from config.stack.home import Home, StackFailed
from config.stack.ports import reserve
from tests.processes import environment

ROOT = Path(__file__).parents[2]
MAIL = ROOT / "config" / "settings" / "mail.py"


def check(**more: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check` with these settings."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("REKNIT_SPEED", "fast", "must be a number"),
        ("REKNIT_SPEED", "0", "must lie between"),
        ("REKNIT_DEBUG", "perhaps", "say 1 or 0"),
        ("REKNIT_EGRESS_PORTS", "https", "say port numbers"),
        ("REKNIT_JOB_DAYS", "0", "must lie between 1 and 3650"),
        ("SECRET_KEY_FILE", "/nowhere/key", "cannot be read"),
    ],
)
def test_a_wrong_value_is_one_sentence(setting: str, value: str, says: str) -> None:
    asked = environment(**{setting: value})
    if setting.endswith("_FILE"):
        del asked["SECRET_KEY"]

    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=asked,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_production_names_everything_that_it_refuses() -> None:
    done = check(
        REKNIT_ENV="production",
        REKNIT_DEBUG="1",
        REKNIT_SPEED="20",
        REKNIT_FENCING="0",
        REKNIT_EMAIL_FOLDER="/x",
        REKNIT_EGRESS_LOOPBACK="1",
    )

    assert done.returncode == 1
    for setting in (
        "REKNIT_DEBUG",
        "REKNIT_TIME_TRAVEL",
        "REKNIT_SPEED",
        "switch",
        "REKNIT_SECURE_COOKIES",
        "REKNIT_STAFF_TWO_FACTOR",
        "_FOLDER",
        "REKNIT_EGRESS_LOOPBACK",
    ):
        assert setting in done.stderr


@pytest.mark.parametrize(
    "name",
    ["REKNIT_ATTEMPT_DAYS", "REKNIT_EVENT_DAYS", "REKNIT_JOB_DAYS", "REKNIT_HOLD_DAYS", "REKNIT_RUNNER_DAYS"],
)
@pytest.mark.parametrize("value", ["0", "-1"])
def test_nothing_is_kept_for_less_than_a_day(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ImproperlyConfigured, match=f"{name} is {value}; it must lie between 1 and"):
        importlib.reload(engine)

    monkeypatch.undo()
    importlib.reload(engine)


def test_behind_a_pooler_no_start_up_options_are_sent() -> None:
    url = "postgresql://reknit@db/reknit?sslmode=require"

    assert from_url(url, pooled=True)["OPTIONS"] == {"sslmode": "require"}
    assert "jit=off" in str(from_url(url)["OPTIONS"])


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("REKNIT_EMAIL_HOST", "smtp://mail.example.com:587", "such as mail.example.com"),
        ("REKNIT_EMAIL_HOST", "mail.example.com:587", "REKNIT_EMAIL_PORT"),
        ("REKNIT_EMAIL_PORT", "smtp", "must be a number"),
        ("REKNIT_EMAIL_FROM", "Reknit", "such as reknit@example.com"),
    ],
)
def test_a_wrong_mail_setting_is_refused_with_a_hint(
    setting: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)

    with pytest.raises(ImproperlyConfigured, match=says):
        runpy.run_path(str(MAIL))


@pytest.mark.parametrize(
    ("given", "backend", "starts_with_tls"),
    [
        ({}, "console", False),
        ({"REKNIT_EMAIL_HOST": "mail.example.com"}, "smtp", False),
        ({"REKNIT_EMAIL_HOST": "mail.example.com", "REKNIT_EMAIL_PORT": "465"}, "smtp", True),
        ({"REKNIT_EMAIL_FOLDER": "/nowhere"}, "filebased", False),
    ],
)
def test_mail_goes_where_the_settings_say(
    given: dict[str, str], backend: str, starts_with_tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    found = runpy.run_path(str(MAIL))

    assert found["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert found["EMAIL_USE_SSL"] == starts_with_tls


def test_a_secret_can_be_kept_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")

    assert Env({"SECRET_KEY_FILE": str(tmp_path / "key")}).text("SECRET_KEY") == "from a file"


class TestHome:
    def test_only_one_launcher_at_a_time(self, tmp_path: Path) -> None:
        first, second = Home(tmp_path), Home(tmp_path)
        first.open()

        with pytest.raises(StackFailed, match="already runs"):
            second.open()

        first.close()

    def test_ends_its_own_leftovers_and_nobody_elses(self, tmp_path: Path) -> None:
        ours, foreign = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
        crashed = Home(tmp_path)
        crashed.open()
        crashed.remember({"web": ours.pid})
        crashed._lock.close()  # type: ignore[union-attr]

        again = Home(tmp_path)
        again.open()

        assert ours.wait(timeout=10) == -9
        assert foreign.poll() is None
        foreign.kill()
        foreign.wait()
        again.close()

    def test_says_when_it_cannot_write(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(StackFailed, match="cannot be written"):
            Home(tmp_path / "file" / "home").open()

    def test_keeps_its_keys_from_run_to_run(self, tmp_path: Path) -> None:
        home = Home(tmp_path)

        assert home.keys() == Home(tmp_path).keys()


class TestPort:
    @pytest.mark.parametrize("wanted", ["nonsense", "0", "70000"])
    def test_a_port_that_is_none_is_refused(self, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REKNIT_PORT", wanted)

        with pytest.raises(StackFailed, match="port number"):
            reserve()

    def test_a_port_that_is_taken_is_named(
        self, picture_server: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = picture_server.rsplit(":", 1)[1]
        monkeypatch.setenv("REKNIT_PORT", port)

        with pytest.raises(StackFailed, match=f"Port {port} is taken"):
            reserve()


@pytest.mark.django_db
def test_the_simulator_says_when_its_port_is_taken(picture_server: str) -> None:
    command = [sys.executable, "manage.py", "simulator", "--port", picture_server.rsplit(":", 1)[1]]

    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=30
    )

    assert (done.returncode, "Traceback" in done.stderr, "--port" in done.stderr) == (1, False, True)
