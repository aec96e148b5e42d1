"""What can be reached and what cannot, told once when it begins and once when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from db.types import Reason

WORDS = {
    Reason.DNS: "its name has no address (is there a network?)",
    Reason.REFUSED: "it refuses the connection",
    Reason.TIMEOUT: "it does not answer in time",
    Reason.TLS: "its certificate or encryption is not in order",
    Reason.CONNECTION: "the connection broke",
    Reason.HTTP_SERVER: "it answers with a server error",
    Reason.HTTP_CLIENT: "it refuses the request",
    Reason.GUARD: "its address is private or local, which allow_addresses does not open",
    Reason.ROBOTS: "its robots.txt asks us not to",
    Reason.NOT_A_FEED: "what stands there is no feed or sitemap",
    Reason.GONE: "nothing stands there any more",
    Reason.EMPTY: "it answers with nothing",
    Reason.UNREADABLE: "what stands there cannot be read",
    Reason.INTERNAL: "reading it ended in an error of ours, whose trace is in the log",
}


def in_words(reason: str | None, detail: str = "") -> str:
    """A reason as a person would say it."""
    try:
        return WORDS.get(Reason(reason or ""), detail or str(reason))
    except ValueError:
        return detail or str(reason)


@dataclass
class Reach:
    """Notes which addresses failed last time; `say` is called where that begins or ends."""

    say: Callable[[str], None]
    failing: dict[str, str] = field(default_factory=dict)

    def note(self, source: str, url: str, reason: str | None, detail: str = "") -> None:
        """What came of a visit to a feed: `reason` is None where it answered."""
        before = self.failing.get(url)
        if reason is None:
            if before is not None:
                del self.failing[url]
                self.say(f"{source} can be reached again: {url}")
        elif before != reason:
            self.failing[url] = reason
            self.say(f"{source} could not be reached: {url} - {in_words(reason, detail)}. It is tried again later.")
