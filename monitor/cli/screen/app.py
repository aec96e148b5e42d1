"""The screen itself: a list, the edit beside it, a line to search. Keys are the web's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from rich.text import Text
from sqlalchemy.exc import DBAPIError
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from db.queries.views import View
from monitor.cli.errors import UsageError
from monitor.cli.screen import words
from monitor.cli.screen.desk import Desk, Evidence, Listed
from monitor.report.safe import safe, shorten, web_link
from monitor.web.filters import Chosen, known
from monitor.web.inbox import EventView

LOOK_S = 5.0
T = TypeVar("T")


class Help(ModalScreen[None]):
    """The keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        yield Static(Text(words.KEYS), id="help")


class Views(ModalScreen[View | None]):
    """The saved views to choose from; none of them is everything."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "app.pop_screen", "Close")]

    def __init__(self, views: tuple[View, ...]) -> None:
        super().__init__()
        self._views = views

    def compose(self) -> ComposeResult:
        yield OptionList(Text("Everything"), *(Text(shorten(view.name, 70)) for view in self._views), id="views")

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        self.dismiss(self._views[chosen.option_index - 1] if chosen.option_index else None)


class Review(App[None]):
    """The review desk of one home. `addresses` are those that were asked for, to be printed once the screen is left."""

    CSS_PATH = "review.tcss"
    TITLE = "newswatch"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual declares it of the instance
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move(1)", "Next"),
        Binding("k", "move(-1)", "Before", show=False),
        Binding("x", "tick", "Tick"),
        Binding("c", "judge('confirmed')", "Confirm"),
        Binding("d", "judge('dismissed')", "Dismiss"),
        Binding("f", "judge('flagged')", "Flag"),
        Binding("u", "undo", "Undo"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("v", "views", "Views", show=False),
        Binding("r", "reload", "Reload", show=False),
        Binding("n", "older", "Older", show=False),
        Binding("g", "newest", "Newest", show=False),
        Binding("o", "address", "Address", show=False),
        Binding("escape", "to_list", "Back", show=False),
        Binding("question_mark", "help", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, desk: Desk, chosen: Chosen | None = None) -> None:
        super().__init__()
        self.desk, self.chosen = desk, dict(chosen or {})
        self.addresses: list[str] = []
        self._view: str | None = None
        self._listed = Listed((), {}, 0, None, (), ())
        self._states: dict[int, str] = {}
        self._ticked: set[int] = set()
        self._before: int | None = None
        self._batch: str | None = None
        self._arrived = 0

    def compose(self) -> ComposeResult:
        yield Static(id="top")
        with Container(id="desk"):
            yield OptionList(id="edits")
            with VerticalScroll(id="detail"):
                yield Static(id="words")
        yield Input(id="search", placeholder='a word, or kind:headline source:"A Post" period:24h', classes="hidden")
        yield Footer()

    async def on_mount(self) -> None:
        await self._load()
        self._list.focus()
        self.set_interval(LOOK_S, self.look)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#edits", OptionList)

    @property
    def _event(self) -> EventView | None:
        at = self._list.highlighted
        return self._listed.events[at] if at is not None and at < len(self._listed.events) else None

    async def _ask(self, ask: Callable[[], T]) -> T | None:
        """What the database answers; None where it does not, which is told."""
        try:
            return await asyncio.to_thread(ask)
        except DBAPIError as error:
            self._say(f"The database does not answer: {error.orig}", severe=True)
            return None

    def _say(self, what: str, *, severe: bool = False) -> None:
        self.notify(safe(what), severity="error" if severe else "information", markup=False)

    async def _load(self, keep: int | None = None) -> None:
        chosen, before = self.chosen, self._before
        found = await self._ask(lambda: self.desk.listed(chosen, before))
        if found is None:
            return
        self._listed, self._states, self._arrived = found, dict(found.states), 0
        self._ticked.clear()
        self._list.clear_options()
        self._list.add_options([Option(self._row(event)) for event in found.events])
        if found.events:
            self._list.highlighted = next((n for n, e in enumerate(found.events) if e.first.id == keep), 0)
        self._head()
        self._show()

    def _row(self, event: EventView) -> Text:
        return words.row(event, self._state(event), event.first.id in self._ticked, self.desk.zone)

    def _state(self, event: EventView) -> str:
        return self._states.get(event.first.id, "new")

    def _redraw(self, number: int) -> None:
        self._list.replace_option_prompt_at_index(number, self._row(self._listed.events[number]))

    def _head(self) -> None:
        shown, zone = len(self._listed.events), self.desk.zone
        text = words.heading(self.chosen, self._view, shown, self._arrived, datetime.now(UTC), zone)
        self.query_one("#top", Static).update(text)

    def _show(self) -> None:
        """The chosen edit beside the list; its evidence follows when the archive was read."""
        event = self._event
        pane = self.query_one("#words", Static)
        if event is None:
            pane.update(Text(self._nothing()))
            return
        pane.update(words.detail(event, self._state(event), self.desk.zone))
        self.query_one("#detail", VerticalScroll).scroll_home(animate=False)
        self.prove(event)

    def _nothing(self) -> str:
        if self._listed.older:
            return "Nothing that fits so far: n looks further back."
        return "Nothing fits these filters. / changes them." if self.chosen else "Nothing left to judge."

    @work(exclusive=True, group="evidence")
    async def prove(self, event: EventView) -> None:
        """Add what the edit stands on."""
        found: list[Evidence] | None = await self._ask(lambda: self.desk.evidence(event))
        if found is not None and event is self._event:
            text = words.detail(event, self._state(event), self.desk.zone)
            self.query_one("#words", Static).update(text.append_text(words.evidence(found, self.desk.zone)))

    @work(exclusive=True, group="look")
    async def look(self) -> None:
        """See what came since; an empty list takes it in at once."""
        chosen, newest = self.chosen, self._listed.newest
        arrived = await self._ask(lambda: self.desk.arrived(chosen, newest))
        if arrived and not self._listed.events:
            await self._load()
        elif arrived is not None and arrived != self._arrived and newest == self._listed.newest:
            self._arrived = arrived
            self._head()

    def on_option_list_option_highlighted(self, _moved: OptionList.OptionHighlighted) -> None:
        self._show()

    def on_option_list_option_selected(self, _chosen: OptionList.OptionSelected) -> None:
        self.query_one("#detail").focus()

    async def action_move(self, step: int) -> None:
        if self._list.highlighted is not None:
            last = len(self._listed.events) - 1
            self._list.highlighted = min(last, max(0, self._list.highlighted + step))

    def action_tick(self) -> None:
        event, at = self._event, self._list.highlighted
        if event is not None and at is not None:
            self._ticked ^= {event.first.id}
            self._redraw(at)

    async def action_judge(self, state: str) -> None:
        """Judge those ticked, else the one chosen, and go on to the next."""
        here = self._event
        events = [e for e in self._listed.events if e.first.id in self._ticked] or ([here] if here else [])
        ids = [record.id for event in events for record in event.changes]
        if not ids:
            return self._say("Choose a change first.")
        done = await self._ask(lambda: (self.desk.judge(ids, state),))
        if done is None:
            return None
        self._batch = done[0] or self._batch
        self._ticked.clear()
        self._mark(dict.fromkeys(ids, state))
        self._say(f"{len(events)} edit{'' if len(events) == 1 else 's'} {state}. Press u to undo.")
        if events == [here]:
            await self.action_move(1)
        return None

    def _mark(self, states: dict[int, str]) -> None:
        self._states |= states
        for number, event in enumerate(self._listed.events):
            if event.first.id in states:
                self._redraw(number)
        self._show()

    async def action_undo(self) -> None:
        batch = self._batch
        back = await self._ask(lambda: self.desk.undo(batch))
        if back is None:
            return
        self._batch = None
        self._say("Undone." if back else "There is nothing to undo.")
        here = {event.first.id for event in self._listed.events}
        if back and not here & set(back):
            await self._load()
        self._mark(back)

    async def action_reload(self) -> None:
        event = self._event
        await self._load(event.first.id if event else None)

    async def action_older(self) -> None:
        if self._listed.older is None:
            return self._say("There is nothing older.")
        self._before = self._listed.older
        await self._load()
        return None

    async def action_newest(self) -> None:
        self._before = None
        await self._load()

    def action_address(self) -> None:
        """Tell the article's address, and hand it to the terminal's clipboard where it takes one."""
        event = self._event
        if event is None:
            return
        address = web_link(event.first.url) or safe(event.first.url)
        if address not in self.addresses:
            self.addresses.append(address)
        self.copy_to_clipboard(address)
        self._say(address)

    def action_search(self) -> None:
        line = self.query_one("#search", Input)
        line.value = words.line_of(self.chosen)
        line.remove_class("hidden")
        line.focus()

    async def on_input_submitted(self, entered: Input.Submitted) -> None:
        try:
            self.chosen = words.filters_of(entered.value, self._listed.sources)
        except UsageError as error:
            return self._say(str(error), severe=True)
        self._view = self._before = None
        self.action_to_list()
        await self._load()
        return None

    def action_to_list(self) -> None:
        self.query_one("#search", Input).add_class("hidden")
        self._list.focus()

    def action_help(self) -> None:
        self.push_screen(Help())

    def action_views(self) -> None:
        if not self._listed.views:
            return self._say("No view is saved yet: the review page keeps filters under a name.")
        self.push_screen(Views(self._listed.views), self._take_view)
        return None

    async def _take_view(self, view: View | None) -> None:
        self._view, self.chosen = (view.name, known(view.query)) if view else (None, {})
        self._before = None
        await self._load()
