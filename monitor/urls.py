from django.urls import path

from monitor import exposition, figures, health, language, views
from monitor.sign_in import SignIn

PAGES = ("subscriptions", "endpoints", "charts", "events", "settings")

urlpatterns = [
    path("", views.page, name="live"),
    path("deliveries/<str:delivery>", views.page),
    *(path(page, views.page) for page in PAGES),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("language", language.choose, name="language"),
    path("monitor/summary", figures.summary),
    path("monitor/endpoints", figures.endpoints),
    path("monitor/history", figures.history),
    path("monitor/attempts", figures.attempts),
    path("metrics", exposition.metrics, name="metrics"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
