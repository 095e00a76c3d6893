"""The event types an ERP can publish, and the patterns a subscription may use for them."""

from __future__ import annotations

EVENT_TYPES = (
    "payment.received",
    "payment.failed",
    "customer.created",
    "customer.updated",
    "sales_order.created",
    "sales_order.confirmed",
    "sales_order.cancelled",
    "invoice.created",
    "invoice.sent",
    "invoice.authorized",
    "invoice.rejected",
    "invoice.cancelled",
)
# Sent by the test button to one subscription, whatever it subscribes to.
TEST_EVENT_TYPE = "webhook.test"
PATTERNS = ("*", *sorted({name.partition(".")[0] + ".*" for name in EVENT_TYPES}))


def check_pattern(pattern: str) -> None:
    """Raise ValueError when `pattern` is neither an event type nor one of the patterns."""
    if pattern not in EVENT_TYPES and pattern not in PATTERNS:
        raise ValueError(
            f"unknown event type {pattern!r}; use one of {', '.join(EVENT_TYPES)}, or {', '.join(PATTERNS)}"
        )
