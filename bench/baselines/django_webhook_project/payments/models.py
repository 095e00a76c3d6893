from django.db import models


class Payment(models.Model):
    """What the webhooks are about; `note` makes the payload as large as ours."""

    reference = models.CharField(max_length=100)
    note = models.TextField()

    class Meta:
        app_label = "payments"

    def __str__(self) -> str:
        return self.reference
