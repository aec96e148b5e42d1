// Keys, judging without a reload, live arrival and progress. Every page works without this file.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const events = () => [...document.querySelectorAll(".edit")];
  const form = $("triage");
  const token = () => document.querySelector('input[name="form_token"]')?.value ?? "";
  let at = null; // the event that the keys act on
  let batch = null; // the last action, for undo

  const say = (words) => { $("said").textContent = words; clearTimeout(say.timer); say.timer = setTimeout(() => { $("said").textContent = ""; }, 6000); };

  const send = async (address, values) => {
    const body = new URLSearchParams(values);
    const answer = await fetch(address, { method: "POST", body, headers: { "Accept": "application/json", "X-Form-Token": token() } });
    if (!answer.ok) throw new Error(answer.status === 401 ? "You are signed out; load the page again." : answer.status === 403 ? "This page is too old; load it again." : `The desk answered ${answer.status}.`);
    return answer.json();
  };

  const focus = (event) => { if (event) { at = event; event.focus({ preventScroll: true }); event.scrollIntoView({ block: "nearest" }); } };
  const move = (step) => {
    const all = events();
    if (!all.length) return $(step > 0 ? "next" : "previous")?.click();
    const here = all.indexOf(document.activeElement.closest?.(".edit") ?? at);
    focus(all[Math.min(all.length - 1, Math.max(0, here + step))]);
  };

  const mark = (event, state) => {
    const badge = document.createElement("span");
    badge.className = `state ${state}`;
    badge.textContent = state;
    event.querySelector("[data-state]").replaceChildren(...(state === "new" ? [] : [badge]));
    event.classList.toggle("gone", state === "confirmed" || state === "dismissed");
  };

  const ticked = () => events().filter((event) => event.querySelector('input[name="change"]').checked);
  const count = () => {
    if (!$("ticked")) return;
    $("ticked").textContent = ticked().length ? `${ticked().length} ticked:` : "Those ticked:";
    $("ticked").parentElement.classList.toggle("active", ticked().length > 0);
  };

  const judge = async (state) => {
    const one = !events().length && form ? [form] : [];
    const here = document.activeElement.closest?.(".edit") ?? at;
    const chosen = ticked().length ? ticked() : here ? [here] : one;
    if (!chosen.length) return say("Choose a change first: j goes to the first.");
    try {
      const made = await send("/triage", { state, change: chosen.map((event) => event.dataset.event).join(",") });
      batch = made.batch ?? batch;
      for (const event of chosen) {
        mark(event, state);
        const box = event.querySelector('input[type="checkbox"]');
        if (box) box.checked = false;
      }
      count();
      say(`${chosen.length === 1 ? "1 edit" : `${chosen.length} edits`} ${state}. Press u to undo.`);
      if (chosen.length === 1 && chosen[0] === here) move(1);
    } catch (error) { say(error.message); }
  };

  const undo = async () => {
    try {
      const made = await send("/triage/undo", { batch: batch ?? "" });
      batch = null;
      if (!made.count) return say("There is nothing to undo.");
      const back = [...events(), ...(form ? [form] : [])].filter((event) => event.dataset.event?.split(",").some((id) => id in made.changes));
      for (const event of back) mark(event, made.changes[event.dataset.event.split(",").find((id) => id in made.changes)]);
      if (!back.length) return location.reload();
      if (back[0].matches(".edit")) focus(back[0]);
      say("Undone.");
    } catch (error) { say(error.message); }
  };

  const states = { c: "confirmed", d: "dismissed", f: "flagged" };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => { const box = (document.activeElement.closest?.(".edit") ?? at)?.querySelector('input[name="change"]'); if (box) { box.checked = !box.checked; count(); } },
    u: undo,
    "/": () => $("search")?.focus(),
    "?": () => $("help").showModal(),
    Enter: () => { if (document.activeElement.dataset?.open) location.href = document.activeElement.dataset.open; },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.key === "Enter" && !event.target.dataset?.open) return;
    if (states[event.key] && form) { event.preventDefault(); judge(states[event.key]); }
    else if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  $("keys").hidden = false;
  $("keys").addEventListener("click", keys["?"]);
  $("undo")?.addEventListener("submit", (event) => { event.preventDefault(); undo(); });
  form?.addEventListener("change", count);
  form?.addEventListener("submit", (event) => {
    const button = event.submitter;
    const only = button?.name === "only" ? button.value.split(":")[0] : null;
    const many = button?.name === "state" && button.value !== "tag" ? button.value : null;
    if (!only && !many) return;
    event.preventDefault();
    if (only) { at = button.closest(".edit"); for (const other of ticked()) other.querySelector('input[name="change"]').checked = false; }
    judge(only ?? many);
  });

  // what came since, without moving what is read: a pill over the page, looked for while the page is seen
  const list = form ?? $("list");
  if (list?.dataset.newest) {
    const pill = $("arrived");
    const title = document.title;
    const look = async () => {
      if (document.hidden) return;
      const query = new URLSearchParams(location.search);
      query.set("after", list.dataset.newest);
      const answer = await fetch(`/live?${query}`).catch(() => null);
      if (!answer?.ok) return;
      const { arrived } = await answer.json();
      if (arrived) { pill.textContent = arrived === 1 ? "1 new change" : `${arrived}${arrived === 99 ? " or more" : ""} new changes`; pill.hidden = false; document.title = `(${arrived}) ${title}`; }
    };
    setInterval(look, Number(document.documentElement.dataset.every ?? 10000));
    document.addEventListener("visibilitychange", look);
  }

  const crawl = $("crawl");
  if (crawl && crawl.dataset.state !== "done") {
    const bar = crawl.querySelector("progress");
    const watch = async () => {
      const answer = await fetch(crawl.dataset.progress).catch(() => null);
      if (answer?.ok) {
        const now = await answer.json();
        if (now.total) { bar.max = now.total; bar.value = now.done + now.failed; }
        crawl.querySelector("[data-words]").textContent = now.total ? `${now.state}: ${now.done + now.failed} of ${now.total}, ${now.failed} failed` : now.state;
        if (now.state === "done") return location.reload();
      }
      setTimeout(watch, 1000);
    };
    setTimeout(watch, 500);
  }
})();
