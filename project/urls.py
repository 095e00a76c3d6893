"""Every URL of the web process."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from project.api import api
from project.sign_in_link import sign_in_by_link

urlpatterns = [
    path("api/v1/", api.urls),
    path("sign-in/link", sign_in_by_link),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("", include("monitor.urls")),
]
