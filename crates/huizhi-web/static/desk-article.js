// The page on which an article is written: it saves while somebody writes, and leads to the place of a remark. The form posts without
// this file too.
"use strict";
(() => {
  const form = document.getElementById("article");
  if (!form) return;
  const told = document.getElementById("saved");
  const list = document.getElementById("remarks");
  const none = document.getElementById("lint-none");
  const preview = document.getElementById("preview");
  /// A pause in the writing, ms, and the longest time that anything stays unsaved.
  const PAUSE = 4000;
  const LONGEST = 30000;
  // A save takes back what was asked for or has its time set, and that is nobody's accident: only a draft is saved without a press.
  const auto = "auto" in form.dataset;
  let dirty = false;
  let busy = false;
  let stopped = false;
  let pause = 0;
  let longest = 0;

  const say = (text) => { told.textContent = text; };

  // --- saving -------------------------------------------------------------------------------------------------------

  form.addEventListener("input", () => {
    dirty = true;
    if (stopped) return;
    say(form.dataset.unsaved);
    if (!auto) return;
    clearTimeout(pause);
    pause = setTimeout(save, PAUSE);
    longest ||= setTimeout(save, LONGEST);
  });
  form.addEventListener("submit", () => { dirty = false; });
  for (const act of document.querySelectorAll("form[data-leaves]")) {
    // An act is on what is saved: what is not yet is saved first.
    act.addEventListener("submit", async (event) => {
      if (!dirty || stopped || !auto) return;
      event.preventDefault();
      if (await save()) {
        act.elements.version.value = form.elements.on_version.value;
        act.submit();
      }
    });
  }
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  async function save() {
    clearTimeout(pause);
    clearTimeout(longest);
    longest = 0;
    if (busy) {
      pause = setTimeout(save, PAUSE);
      return false;
    }
    // Title and body are needed; until both are there nothing is lost but on this page.
    if (!form.elements.title.value.trim() || !form.elements.body.value.trim()) return false;
    busy = true;
    dirty = false;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const said = await answer.json();
      if (!answer.ok) {
        dirty = true;
        // Somebody else saved meanwhile: nothing of theirs is overwritten.
        stopped = answer.status === 409;
        say(said.error);
        return false;
      }
      saved(said);
      return true;
    } catch {
      dirty = true;
      say(form.dataset.lost);
      pause = setTimeout(save, LONGEST);
      return false;
    } finally {
      busy = false;
    }
  }

  function saved(said) {
    form.elements.on_version.value = said.version;
    form.elements.of_version.value = said.of_version;
    for (const act of document.querySelectorAll("form[data-leaves]")) act.elements.version.value = said.version;
    say(said.said);
    show(said.remarks);
    if (preview) preview.contentWindow.location.reload();
    // What was written meanwhile is kept until the next save.
    if (!dirty) form.dispatchEvent(new Event("desk-saved", { bubbles: true }));
  }

  // --- remarks ------------------------------------------------------------------------------------------------------

  function show(remarks) {
    none.hidden = remarks.length > 0;
    list.replaceChildren(...remarks.map((remark) => {
      const item = document.createElement("li");
      item.dataset.rule = remark.rule;
      item.dataset.severity = remark.error ? "error" : "warning";
      const kind = document.createElement("b");
      kind.textContent = remark.error ? list.dataset.error : list.dataset.warning;
      const words = document.createElement("span");
      words.textContent = `${remark.said} ${remark.remedy}`;
      const place = document.createElement("a");
      place.href = `#${remark.field}`;
      Object.assign(place.dataset, { field: remark.field, from: remark.from, to: remark.to });
      place.textContent = list.dataset.show;
      item.append(kind, " ", words, " ", place);
      return item;
    }));
  }

  list.addEventListener("click", (event) => {
    const place = event.target.closest("a[data-from]");
    const field = place && form.elements[place.dataset.field];
    if (!field) return;
    event.preventDefault();
    // The service counts characters, a field counts halves of some.
    const letters = [...field.value];
    const until = (count) => letters.slice(0, Number(count)).join("").length;
    const [from, to] = [until(place.dataset.from), until(place.dataset.to)];
    field.focus();
    field.setSelectionRange(from, to);
    if (field.tagName === "TEXTAREA") {
      const line = field.value.slice(0, from).split("\n").length;
      const all = field.value.split("\n").length;
      field.scrollTop = Math.max(0, (field.scrollHeight * line) / all - field.clientHeight / 2);
    }
  });
})();
