"""From an edit to its natures and the facts that show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from db.types import Nature
from monitor.changes.edit import Edit
from monitor.changes.natures.names import name
from monitor.changes.natures.numbers import currency, date, number, time_of_day
from monitor.changes.natures.spelling import typo
from monitor.changes.natures.statements import hedge, negation, quote
from monitor.changes.natures.style import cosmetic, kicker, same_numbers
from monitor.changes.natures.wording import live_update, wording

Finding = tuple[Nature, str]

_CARRIERS: tuple[Callable[[Edit], Iterator[Finding]], ...] = (
    number,
    currency,
    date,
    time_of_day,
    name,
    negation,
    hedge,
    quote,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Natures in order of first finding, and their facts, each once."""

    natures: tuple[Nature, ...]
    facts: tuple[str, ...]


def classify(edit: Edit) -> Verdict:
    """What kind of edit this is. Cosmetic natures stand alone; a typo stands alone; the others add up."""
    plain = cosmetic(edit.before, edit.after, edit.language)
    if plain is not None:
        return _verdict(list(plain.items()))
    for alone in (kicker, same_numbers):
        if found := list(alone(edit)):
            return _verdict(found)
    findings = [f for rule in _CARRIERS for f in rule(edit)]
    if not findings and (slips := list(typo(edit))):
        return _verdict(slips)
    findings += list(wording(edit, frozenset(f[0] for f in findings)))
    findings += list(live_update(edit))
    return _verdict(findings or [(Nature.REWORDED, "words changed")])


def _verdict(findings: list[Finding]) -> Verdict:
    return Verdict(tuple(dict.fromkeys(f[0] for f in findings)), tuple(dict.fromkeys(f[1] for f in findings if f[1])))
