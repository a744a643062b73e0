// The hall's desk without waiting: keys for its buttons, and a list that sees when it is old. Every act is a form that posts without
// this file too.
"use strict";
(() => {
  const AGAIN_MS = 4_000;
  /// A desk that nobody touches asks for no page: its sign-in has to end.
  const TOUCHED_MS = 10 * 60_000;
  const one = (selector) => document.querySelector(selector);
  const isText = (element) => element.matches?.("select, textarea, input:not([type=checkbox])");

  one("[data-print]")?.addEventListener("click", () => print());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length !== 1) return;
    // A key that is held down says one thing, however long it is held.
    if (event.repeat || isText(event.target) || document.documentElement.classList.contains("keys-off")) return;
    if (!/^[a-z0-9]$/i.test(event.key)) return;
    const target = one(`[data-hall-key="${event.key.toLowerCase()}"]`);
    if (!target) return;
    event.preventDefault();
    target.click();
  });

  const hall = one(".hall");
  if (!hall) return;

  const touch = () => {
    try { sessionStorage.setItem("hall-touched", String(Date.now())); } catch { /* then the list stays as it is */ }
  };
  const isTouched = () => {
    try { return Date.now() - Number(sessionStorage.getItem("hall-touched")) < TOUCHED_MS; } catch { return false; }
  };
  for (const sign of ["keydown", "pointerdown", "pointermove"]) document.addEventListener(sign, touch, { passive: true });

  /// Nobody who is about to choose something is interrupted.
  const isIdle = () => {
    const at = document.activeElement;
    return (!at || at === document.body || at.autofocus) && !one("details[open]") && !document.hidden;
  };
  setInterval(async () => {
    if (!isIdle() || !isTouched()) return;
    const answer = await fetch(hall.dataset.now).catch(() => null);
    if (!answer?.ok) return;
    const { stamp } = await answer.json();
    if (stamp !== hall.dataset.stamp && isIdle()) location.replace(location.pathname);
  }, AGAIN_MS);
})();
