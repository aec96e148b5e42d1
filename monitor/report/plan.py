"""Why a page is looked at when it is, as far as its row tells. Pure."""

from __future__ import annotations

from datetime import datetime

from db.records import HostRecord, PageRecord, SourceRecord
from monitor.report.when import ago


def state_reason(page: PageRecord, now: datetime) -> str | None:
    """What sets a page's next check beside its history: a pin, a hint, doubt, failures. None where only the history does."""
    if page.pin_s is not None and page.pinned_until is not None and page.pinned_until > now:
        return f"pinned: every {page.pin_s} s until {page.pinned_until.isoformat(timespec='seconds')}"
    if page.hinted:
        return "a feed or sitemap says that it changed"
    if page.last_check_at is None:
        return "found, not looked at yet"
    if page.held_digest or page.gone_count:
        return f"in doubt ({page.held_reason or 'missing'}): looked at again soon"
    if page.failures:
        return f"the last {page.failures} visits failed: further apart each time"
    if page.state in {"removed", "blocked"}:
        return f"{page.state}: looked at once a day at most"
    return None


def reason(page: PageRecord, now: datetime) -> str:
    """As `state_reason`, else what the history is that an edit is expected by."""
    age = ago(page.published_at or page.first_seen_at, now)
    return state_reason(page, now) or f"published {age}, {page.n_changes} edits seen"


def obstacles(
    page: PageRecord, source: SourceRecord | None, host: HostRecord | None, ahead: int, now: datetime
) -> list[str]:
    """What stands between a page and its check. `ahead` is how many pages of its host are due."""
    found = []
    if not page.active:
        found.append(f"it is not watched any more ({page.state})")
    if source and not source.enabled:
        found.append(f"its source {source.name} is switched off; `newswatch sources` switches it on")
    if host and host.not_before and host.not_before > now:
        until = host.not_before.isoformat(timespec="seconds")
        found.append(f"{page.host} asked us to wait until {until} ({host.reason})")
    if ahead > 1 and page.next_check_at and page.next_check_at <= now:
        found.append(f"{ahead} pages of {page.host} are due, and it is asked at its own pace")
    return found
