// Keys for the list: j and k move between events, Enter opens one, / goes to the search field. The pages work without this file.
"use strict";
(() => {
  const events = [...document.querySelectorAll("[data-event] h2 a")];
  const typing = (node) => /^(input|select|textarea)$/i.test(node.tagName);
  const move = (step) => {
    const at = events.indexOf(document.activeElement);
    const next = events[Math.min(events.length - 1, Math.max(0, at + step))];
    if (next) {
      next.focus();
      next.closest("[data-event]").scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") {
      const search = document.getElementById("search");
      if (search) { event.preventDefault(); search.focus(); }
    }
  });
  for (const select of document.querySelectorAll(".prefs select")) {
    select.addEventListener("change", () => select.form.submit());
  }
})();
