"""The second factor of the staff: set up once with a phone, asked for at each sign-in."""

from base64 import b32encode
from collections.abc import Sequence
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login, match_token
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.core import clock
from apps.events import log
from apps.tenants.models import User

CODES = 10  # for the day on which the phone is gone


class TokenForm(forms.Form):
    """What the phone shows, or one of the codes on paper."""

    token = forms.CharField(
        max_length=16,
        label="Code",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )

    def clean_token(self) -> str:
        """Phones show the six digits in two groups."""
        said: str = self.cleaned_data["token"]
        return said.replace(" ", "").lower()


def is_owed(request: HttpRequest) -> bool:
    """Return True for staff who have given their password and not the second factor."""
    if not settings.STAFF_TWO_FACTOR:
        return False
    return not request.user.is_verified()  # type: ignore[union-attr]  # the middleware adds it to everybody


@sensitive_post_parameters("token")
@never_cache
def ask(request: HttpRequest) -> HttpResponseBase:
    """Ask for the second factor; who has none yet sets one up."""
    user = request.user
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return redirect("admin:login")
    if not is_owed(request):
        return redirect(_next(request))
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        codes = _take(request, user, form.cleaned_data["token"])
        if codes is not None:
            return (
                _show(request, {"codes": codes, "next": _next(request)})
                if codes
                else redirect(_next(request))
            )
        form.add_error(
            "token", "This code is not right, or too many were tried: wait a moment for the next one."
        )
    status = 422 if form.is_bound else 200
    return _show(request, {"form": form, **_set_up(user)}, status=status)


def forget(user: User, *, actor: str) -> None:
    """Take a person's second factor away: at the next sign-in they set up another one."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        _record("staff.two_factor_forgotten", user, actor)


def _take(request: HttpRequest, user: Any, token: str) -> Sequence[str] | None:
    """Return None for a wrong code, the codes for paper when it is set up now, else nothing."""
    with transaction.atomic():
        fresh = _unconfirmed(user)
        if fresh is None:
            device = match_token(user, token)
            if device is None:
                return None
            login(request, device)
            request.session.cycle_key()
            return ()
        if not fresh.verify_is_allowed()[0] or not fresh.verify_token(token):
            return None
        return _confirm(request, user, fresh)


def _confirm(request: HttpRequest, user: Any, device: TOTPDevice) -> Sequence[str]:
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    paper = StaticDevice.objects.create(user=user, name="on paper")
    codes = [StaticToken.random_token() for _ in range(CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=paper, token=code) for code in codes)
    _record("staff.two_factor_set", user, f"staff:{user.pk}")
    login(request, device)
    request.session.cycle_key()
    return codes


def _unconfirmed(user: Any) -> TOTPDevice | None:
    """Return what is being set up; locked, so that two windows do not both end it."""
    if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        return None
    return TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()


def _set_up(user: Any) -> dict[str, Any]:
    """Return what the phone must read, for those who have no second factor yet."""
    if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        return {}
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "phone"})
    secret = b32encode(device.bin_key).decode().rstrip("=")
    picture = segno.make(device.config_url, micro=False).svg_data_uri(
        scale=5, border=2, dark="#151a23", light="#fff"
    )
    return {"picture": picture, "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))}


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("admin:index")


def _show(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    frame = admin.site.each_context(request)
    title = "Your second factor"
    return TemplateResponse(
        request, "console/two_factor.html", {**frame, "title": title, **context}, status=status
    )


def _record(verb: str, user: Any, actor: str) -> None:
    log.record(verb, tenant=None, subject=f"user:{user.pk}", actor=actor, at=clock.now())
