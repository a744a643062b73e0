// What is written at a desk stays in this tab until it was saved, so that a session that ends takes no text with it. It goes with the tab,
// at the sign-out, and where somebody else signs in. Forms post without this file too.
"use strict";
(() => {
  const KEPT = "desk-kept ";
  /// Who writes is there: the service is asked for something this often, ms, well within the 15 minutes after which a session ends.
  const ALIVE = 4 * 60_000;
  /// A pause in the writing, ms.
  const PAUSE = 400;
  const { login, unsaved } = document.body.dataset;
  const forms = [...document.forms].filter((form) =>
    form.method === "post" && (form.querySelector("textarea") || "keep" in form.dataset));

  // A browser that keeps nothing loses the help, not the desk.
  const kept = {
    keys() {
      try { return Object.keys(sessionStorage).filter((key) => key.startsWith(KEPT)); } catch { return []; }
    },
    get(key) {
      try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
    },
    set(key, is) {
      try { sessionStorage.setItem(key, JSON.stringify(is)); } catch { /* nothing to do */ }
    },
    drop(key) {
      try { sessionStorage.removeItem(key); } catch { /* nothing to do */ }
    },
  };
  const dropAll = () => kept.keys().forEach(kept.drop);
  // The address that a form posts to is the same on its page and on the page that says what is wrong with it.
  const keyOf = (form) => KEPT + form.getAttribute("action");
  const lines = (text) => text.replaceAll("\r\n", "\n");
  const values = (form) => Object.fromEntries(
    [...new FormData(form)].filter(([, value]) => typeof value === "string").map(([name, value]) => [name, lines(value)]),
  );
  const keep = (form, sent) => {
    if (login) kept.set(keyOf(form), { login, sent, was: values(form) });
  };

  // --- what became of what was sent ---------------------------------------------------------------------------------

  /// Whether this page is the answer to what was sent, and says that it was done.
  function isDone() {
    const way = performance.getEntriesByType("navigation")[0]?.type;
    return login !== undefined && unsaved === undefined && way !== "reload" && way !== "back_forward" &&
      !document.querySelector(".faults");
  }
  const done = isDone();
  for (const key of kept.keys()) {
    const it = kept.get(key);
    if (!it || (login !== undefined && it.login !== login) || (it.sent && done)) kept.drop(key);
    else if (it.sent) kept.set(key, { ...it, sent: false });
  }
  const here = document.getElementById("kept-here");
  if (here) here.hidden = kept.keys().length === 0;

  // --- giving it back -----------------------------------------------------------------------------------------------

  const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
  const isWritten = (field) => field.tagName === "TEXTAREA" || field.type === "text";
  const isGiven = (field) => isWritten(field) || field.tagName === "SELECT" || field.type === "hidden";

  function give(form, was) {
    for (const field of form.elements) {
      if (isChoice(field)) field.checked = was[field.name] === field.value;
      // With what is hidden, the version that it was written on: what a colleague saved meanwhile is not overwritten.
      else if (isGiven(field) && field.name in was) field.value = was[field.name];
    }
    const first = form.querySelector("textarea") ?? [...form.elements].find(isWritten);
    first.dispatchEvent(new Event("input", { bubbles: true }));
    first.focus();
  }

  for (const form of login === undefined ? [] : forms) {
    const it = kept.get(keyOf(form));
    if (!it) continue;
    const differs = (field) => isWritten(field) && field.name in it.was && lines(field.value) !== it.was[field.name];
    if (![...form.elements].some(differs)) {
      kept.drop(keyOf(form));
      continue;
    }
    const offer = document.importNode(document.getElementById("kept").content, true).firstElementChild;
    offer.addEventListener("click", (event) => {
      const act = event.target.dataset.kept;
      if (!act) return;
      offer.remove();
      if (act === "back") give(form, it.was);
      else kept.drop(keyOf(form));
    });
    form.before(offer);
  }

  // --- keeping it ---------------------------------------------------------------------------------------------------

  let pause = 0;
  let asked = Date.now();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (login !== undefined && event.isTrusted && Date.now() - asked > ALIVE) {
      asked = Date.now();
      fetch("/desk", { redirect: "manual" }).catch(() => { /* the next word asks again */ });
    }
    if (!forms.includes(form)) return;
    clearTimeout(pause);
    pause = setTimeout(() => keep(form, false), PAUSE);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("action") === "/desk/sign-out") dropAll();
    if (!forms.includes(form) || event.defaultPrevented) return;
    clearTimeout(pause);
    keep(form, true);
  });
  // A script has saved it.
  document.addEventListener("desk-saved", (event) => {
    clearTimeout(pause);
    kept.drop(keyOf(event.target));
  });
})();
