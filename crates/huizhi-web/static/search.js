// The search box suggests pages while one types: an editable combobox with a list (WAI-ARIA Authoring Practices 1.2). Nothing is chosen by
// itself: the Enter key sends what was typed unless the arrows went to a suggestion. Without scripts the box is a form.
"use strict";
{
  const PAUSE_MS = 150;
  const form = document.getElementById("site-search");
  const box = form && form.querySelector("input");
  if (box) {
    const list = document.createElement("ul");
    list.id = "site-suggestions";
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.label);
    const said = document.createElement("p");
    said.className = "sr";
    said.setAttribute("role", "status");
    form.append(list, said);
    const values = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id };
    for (const [name, value] of Object.entries(values)) box.setAttribute(name, value);
    let at = -1;
    let timer = 0;
    let asked = null;

    const close = () => {
      clearTimeout(timer);
      if (asked) asked.abort();
      asked = null;
      at = -1;
      list.hidden = true;
      list.replaceChildren();
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };

    const stand = (to) => {
      const options = list.children;
      if (options[at]) options[at].setAttribute("aria-selected", "false");
      at = to;
      if (!options[at]) return box.removeAttribute("aria-activedescendant");
      options[at].setAttribute("aria-selected", "true");
      options[at].scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", options[at].id);
    };

    const go = (option) => {
      const to = option.dataset.address;
      // A path of ours and nothing else.
      if (to.startsWith("/") && !to.startsWith("//")) location.assign(to);
    };

    const show = (suggestions) => {
      list.replaceChildren(...suggestions.map((it, number) => {
        const option = document.createElement("li");
        option.id = `site-suggestion-${number}`;
        option.dataset.address = it.address;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const [title, kind] = [document.createElement("b"), document.createElement("span")];
        title.textContent = it.title;
        kind.textContent = it.kind;
        option.append(title, " ", kind);
        return option;
      }));
      at = -1;
      box.removeAttribute("aria-activedescendant");
      list.hidden = suggestions.length === 0;
      box.setAttribute("aria-expanded", String(!list.hidden));
      said.textContent = list.hidden ? form.dataset.none : form.dataset.some.replace("#", suggestions.length);
    };

    const ask = async () => {
      if (asked) asked.abort();
      const typed = box.value.trim();
      if (!typed) return close();
      const mine = new AbortController();
      asked = mine;
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: mine.signal });
        const found = answer.ok ? (await answer.json()).suggestions : [];
        if (asked === mine) show(found);
      } catch { /* The line is down, or something else was typed: the form still works. */ }
    };

    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE_MS);
    };

    box.addEventListener("input", (event) => {
      // What an input method still composes is no query; initials typed in it come at its end.
      if (!event.isComposing) soon();
    });
    box.addEventListener("compositionend", soon);
    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const last = list.children.length - 1;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) ask();
        else if (event.key === "ArrowDown") stand(at >= last ? -1 : at + 1);
        else stand(at < 0 ? last : at - 1);
      } else if (event.key === "Enter" && list.children[at]) {
        event.preventDefault();
        go(list.children[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      }
    });
    // The focus stays in the box while a suggestion is pressed.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) go(option);
    });
    box.addEventListener("blur", close);
    form.addEventListener("submit", close);
  }
}
