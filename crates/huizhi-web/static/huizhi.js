// Pages work without this. It moves the focus to what has to be mended and keeps forms from being sent twice.
"use strict";
document.documentElement.classList.add("js");
const errors = document.getElementById("errors");
if (errors) errors.focus();
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
// A page from the browser's memory may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
// A page that waits asks whether something changed, and only then shows itself anew; without scripts there is a link.
const waiting = document.querySelector("[data-poll]");
if (waiting) {
  const mark = `data-state="${waiting.dataset.state}"`;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      if (answer.ok && !(await answer.text()).includes(mark)) location.reload();
    } catch { /* The line is down; the next round asks again. */ }
  }, waiting.dataset.poll * 1000);
}
for (const code of document.querySelectorAll(".link code")) {
  if (!navigator.clipboard) break;
  code.tabIndex = 0;
  code.addEventListener("click", () => navigator.clipboard.writeText(code.textContent));
}
