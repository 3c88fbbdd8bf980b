"""The routes of the tenant pages."""

from django.contrib.auth import views as auth
from django.urls import path

from apps.web import (
    compose,
    connecting,
    invitations,
    notifications,
    oauth,
    password,
    people,
    post,
    posts,
    questions,
    sign_ins,
    viewing,
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", auth.LoginView.as_view(template_name="web/sign_in.html"), name="login"),
    path("password/", password.AskReset.as_view(), name="password_reset"),
    path("password/sent/", password.ResetSent.as_view(), name="password_reset_done"),
    path("password/<uidb64>/<token>/", password.Reset.as_view(), name="password_reset_confirm"),
    path("invitations/<str:secret>/", invitations.accept, name="invitation"),
    path("see-as/end/", viewing.end, name="see_as_end"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("t/<slug:slug>/", views.show_connections, name="connections"),
    path("t/<slug:slug>/connect/", connecting.choose_partner, name="connect"),
    path("t/<slug:slug>/connect/mailchimp-key/", connecting.by_key, name="connect_key"),
    path("t/<slug:slug>/sign-ins/<uuid:sign_in_id>/", sign_ins.show, name="sign_in"),
    path("t/<slug:slug>/connections/<uuid:connection_id>/disconnect/", connecting.remove, name="disconnect"),
    path("reconnect/<str:token>/", connecting.follow_link, name="reconnect_link"),
    path("t/<slug:slug>/questions/<uuid:job>/", questions.say, name="question"),
    path("t/<slug:slug>/posts/", posts.show, name="posts"),
    path("t/<slug:slug>/posts/check", compose.check, name="post_check"),
    path("t/<slug:slug>/posts/<uuid:post_id>/", post.show, name="post"),
    path("t/<slug:slug>/posts/again/<uuid:job>/", post.try_again, name="post_again"),
    path("t/<slug:slug>/compose/", compose.compose, name="compose"),
    path("t/<slug:slug>/compose/media/", compose.change_media, name="compose_media"),
    path("t/<slug:slug>/people/", people.show, name="people"),
    path("t/<slug:slug>/people/invite/", people.invite, name="people_invite"),
    path("t/<slug:slug>/people/withdraw/", people.withdraw, name="people_withdraw"),
    path("t/<slug:slug>/people/<uuid:member_id>/", people.change, name="people_change"),
    path("t/<slug:slug>/notifications/", notifications.show, name="notifications"),
    path("t/<slug:slug>/notifications/me/", notifications.tell_me, name="notifications_me"),
    path("t/<slug:slug>/notifications/rooms/", notifications.add_room, name="notifications_room"),
    path(
        "t/<slug:slug>/notifications/rooms/<uuid:room>/",
        notifications.remove_room,
        name="notifications_room_remove",
    ),
    path("media/<str:token>", views.media, name="media"),
    path("api/oauth/<str:platform>/start", oauth.start, name="oauth_start"),
    path("api/oauth/<str:platform>/callback", oauth.callback, name="oauth_callback"),
]
