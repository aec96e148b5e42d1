"""How much a change matters: the table from natures to significance, which the user's configuration may override."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from db.types import SIGNIFICANCE_ORDER, Kind, Nature, Significance

DEFAULT: Mapping[str, str] = {
    **dict.fromkeys((Nature.PUNCTUATION, Nature.STYLE), Significance.COSMETIC),
    **dict.fromkeys((Nature.TYPO, Nature.MOVED, Nature.FRESHENED, Nature.FLAPPING), Significance.MINOR),
}
"""What is not substantive."""

CAPS: Mapping[str, str] = dict.fromkeys(
    (
        Kind.TAGS,
        Kind.SECTION,
        Kind.MODIFIED,
        f"{Kind.HEADLINE}.title",
        f"{Kind.HEADLINE}.og",
        f"{Kind.HEADLINE}.twitter",
        f"{Kind.HEADLINE}.json_ld",
        f"{Kind.HEADLINE}.feed",
    ),
    Significance.MINOR,
)
"""Kinds, or surfaces of a kind, that are at most this, whatever their natures say, save `backdated` and `stealth`."""

_ABOVE_CAP = frozenset({Nature.BACKDATED, Nature.STEALTH})


def significance(kind: str, natures: Iterable[str], table: Mapping[str, str] | None = None) -> str:
    """The greatest significance among `natures`, held down by the cap of `kind` (`headline`, or `headline.og` for a surface).

    `table` maps natures, kinds (as caps) or `kind.nature` (which wins) to `cosmetic | minor | substantive`; what it leaves out is
    as in `DEFAULT` and `CAPS`, and substantive beyond that.
    """
    found, own = tuple(natures), table or {}
    top = max((_of(kind, nature, own) for nature in found), key=_rank, default=str(Significance.SUBSTANTIVE))
    names = (kind, kind.partition(".")[0])
    cap = next((caps[name] for caps in (own, CAPS) for name in names if name in caps), None)
    if cap is None or _ABOVE_CAP & set(found):
        return top
    return min(top, str(cap), key=_rank)


def _of(kind: str, nature: str, table: Mapping[str, str]) -> str:
    for key in (f"{kind}.{nature}", nature):
        if key in table:
            return table[key]
    return str(DEFAULT.get(nature, Significance.SUBSTANTIVE))


def _rank(value: str) -> int:
    return SIGNIFICANCE_ORDER[value]
