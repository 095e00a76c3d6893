from django.urls import path

from monitor import health, views
from monitor.sign_in import SignIn

urlpatterns = [
    path("", views.live, name="live"),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("monitor/summary", views.summary, name="summary"),
    path("metrics", views.metrics, name="metrics"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
