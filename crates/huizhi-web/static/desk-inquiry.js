// A canned answer goes where one writes. Without this file the page comes back with it, after what was written.
"use strict";
(() => {
  const button = document.querySelector("[data-fill]");
  if (!button) return;
  const form = button.form;
  const box = form.elements.text;
  /// Where one wrote last; a box that nobody was in yet is filled at its end.
  let caret = null;
  box.addEventListener("blur", () => { caret = [box.selectionStart, box.selectionEnd]; });

  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ canned: form.elements.canned.value });
    try {
      const answer = await fetch(button.formAction, { method: "POST", body, headers: { Accept: "application/json" } });
      const { text } = await answer.json();
      const [from, to] = caret ?? [box.value.length, box.value.length];
      box.setRangeText(text, from, to, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    } catch {
      // The session ended, or the line: the page that comes says so.
      form.requestSubmit(button);
    }
  });
})();
