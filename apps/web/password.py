"""A forgotten password: asked for by e-mail, set anew by a link that works for an hour and once."""

from django import forms
from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.forms import PasswordResetForm
from django.http import HttpResponse
from django.urls import reverse_lazy


class AddressForm(PasswordResetForm):
    """Asks for the address in the words of the other pages."""

    email = forms.EmailField(label="E-mail address", max_length=254)


class AskReset(auth.PasswordResetView):
    """Send the link; the answer is the same whether or not we know the address."""

    form_class = AddressForm
    template_name = "web/password_ask.html"
    email_template_name = "web/mail/password.txt"
    subject_template_name = "web/mail/password_subject.txt"

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """Lead to where people find us: the request's own words for it are the caller's, and http behind a proxy."""
        self.extra_email_context = {"home": settings.PUBLIC_URL}
        return super().form_valid(form)


class ResetSent(auth.PasswordResetDoneView):
    """Say where to look."""

    template_name = "web/password_sent.html"


class Reset(auth.PasswordResetConfirmView):
    """Set the password and sign in."""

    template_name = "web/password_set.html"
    success_url = reverse_lazy("home")
    post_reset_login = True
    post_reset_login_backend = "django.contrib.auth.backends.ModelBackend"
