// Copies what can be shared. Every page works without this file.
"use strict";
(() => {
  const say = (words) => { document.getElementById("said").textContent = words; };
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        say("Copied.");
      } catch {
        field.focus();
        field.select(); // no right to the clipboard: the person's own key copies what is selected
        say("Selected: press Ctrl+C, or Cmd+C, to copy.");
      }
    });
  }
})();
