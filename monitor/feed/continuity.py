"""Order out of disorder. Pure: what a frame means for a cursor, and which frames of a disorderly stream are next."""

from __future__ import annotations

from enum import Enum

from monitor.feed.frames import Frame

# Workers publish out of order; a frame this late is as good as lost and is read from the log.
HOLD_SECONDS = 0.2
HELD_FRAMES = 100


class Place(Enum):
    """Where a frame lies relative to a cursor, the last number a client has been told about."""

    BEHIND = "all of it is known: drop it"
    NEXT = "begins right after the cursor: deliver it"
    OVERLAPS = "its later part is next"
    AHEAD = "something between the cursor and it is missing"


def place(cursor: int, first: int, last: int) -> Place:
    """Where the frame `first..last` lies."""
    if last <= cursor:
        return Place.BEHIND
    if first > cursor + 1:
        return Place.AHEAD
    return Place.NEXT if first == cursor + 1 else Place.OVERLAPS


class Reorder:
    """Puts arriving frames in order. `head` is the last number that can be shown: everything up to it has arrived
    or, after `give_up`, has to be read from the log."""

    def __init__(self, head: int) -> None:
        self.head = head
        self._expected = head
        self._held: dict[int, Frame] = {}

    @property
    def waiting(self) -> bool:
        """Whether the log is known to have more than has arrived."""
        return self._expected > self.head

    def offer(self, frame: Frame) -> list[Frame]:
        """Take a frame of the stream; the answer is what can be shown now, in order."""
        match place(self.head, frame.first, frame.last):
            case Place.BEHIND:
                return []
            case Place.AHEAD:
                self._held[frame.first] = frame
                self.expect(frame.last)
                return self.give_up() if len(self._held) > HELD_FRAMES else []
        return [frame, *self._advance(frame.last)]

    def expect(self, last: int) -> None:
        """The log is known to reach up to `last`."""
        self._expected = max(self._expected, last)

    def give_up(self) -> list[Frame]:
        """Wait no longer for what is missing. The answer is what was held, with holes, in order."""
        released = [frame for _, frame in sorted(self._held.items())]
        self._held.clear()
        self.head = self._expected
        return released

    def _advance(self, last: int) -> list[Frame]:
        self.head = last
        following: list[Frame] = []
        while frame := self._held.pop(self.head + 1, None):
            following.append(frame)
            self.head = frame.last
        self._held = {first: frame for first, frame in self._held.items() if frame.last > self.head}
        self.expect(self.head)
        return following
