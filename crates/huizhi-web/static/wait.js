"use strict";
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
