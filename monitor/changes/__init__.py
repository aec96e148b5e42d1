"""What changed between two readings, how, and how much it matters. Pure: no database, no clock, no crawler."""

from monitor.changes.collapse import looks_collapsed
from monitor.changes.flapping import Flap, flap
from monitor.changes.states import PageState, Standing
from monitor.changes.verdict import compare, compare_states, headline_verdict

__all__ = ["Flap", "PageState", "Standing", "compare", "compare_states", "flap", "headline_verdict", "looks_collapsed"]
