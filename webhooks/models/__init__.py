"""The tables of the delivery system. State changes of a delivery are verbs in `delivery_states`."""

from webhooks.models.attempt import Attempt
from webhooks.models.circuit import AttemptCount, Circuit, CircuitOpening, CircuitState
from webhooks.models.delivery import Delivery, DeliveryStatus, Held
from webhooks.models.event import Event
from webhooks.models.heartbeat import Heartbeat
from webhooks.models.ordering import EntitySequence
from webhooks.models.pace import Pace
from webhooks.models.rollup import Backlog, Rollup, RollupState
from webhooks.models.subscription import Subscription

__all__ = [
    "Attempt",
    "AttemptCount",
    "Backlog",
    "Circuit",
    "CircuitOpening",
    "CircuitState",
    "Delivery",
    "DeliveryStatus",
    "EntitySequence",
    "Event",
    "Heartbeat",
    "Held",
    "Pace",
    "Rollup",
    "RollupState",
    "Subscription",
]
