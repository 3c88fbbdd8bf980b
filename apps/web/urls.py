"""The routes of the tenant pages."""

from django.contrib.auth import views as auth
from django.urls import path

from apps.web import oauth, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", auth.LoginView.as_view(template_name="web/sign_in.html"), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("t/<slug:slug>/", views.show_connections, name="connections"),
    path("media/<str:token>", views.media, name="media"),
    path("api/oauth/<str:platform>/start", oauth.start, name="oauth_start"),
    path("api/oauth/<str:platform>/callback", oauth.callback, name="oauth_callback"),
]
