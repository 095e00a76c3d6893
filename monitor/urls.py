from django.urls import path

from monitor import health, views

urlpatterns = [
    path("", views.live, name="live"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("monitor/summary", views.summary, name="summary"),
    path("metrics", views.metrics, name="metrics"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
