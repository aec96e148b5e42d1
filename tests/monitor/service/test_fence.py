"""A worker fetches only while the others surely take it for alive."""

from __future__ import annotations

from monitor.service.fleet.fence import Fence, clock


def test_it_opens_with_the_first_sign_of_life_that_arrives() -> None:
    fence = Fence(30.0)
    assert not fence.open
    fence.alive(clock())
    assert fence.open


def test_half_of_the_time_after_the_last_sign_was_sent_it_is_closed() -> None:
    fence = Fence(30.0)
    fence.alive(clock() - 16)
    assert not fence.open
    fence.alive(clock() - 14)
    assert fence.open
    fence.alive(clock() - 20)  # an older sign that arrives later changes nothing
    assert fence.open


def test_once_taken_for_dead_it_stays_closed_until_it_begins_anew() -> None:
    fence = Fence(30.0)
    fence.alive(clock())
    fence.cut()
    fence.alive(clock())
    assert fence.lost
    assert not fence.open
    fence.renew()
    assert not fence.open
    fence.alive(clock())
    assert fence.open
