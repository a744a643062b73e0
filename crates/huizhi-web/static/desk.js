// The desks without waiting: keys, the lease's clock, the next photo in place of the last. Every act is a form that posts
// without this file too.
"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const kept = {
    get(key) {
      try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
    },
    set(key, value) {
      // A browser that keeps nothing loses the choice of keys, not the desk.
      try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* nothing to do */ }
    },
  };
  document.documentElement.classList.add("js");

  const AS_DELIVERED = {
    accept: "a", reject: "r", second: "f", skip: "s", undo: "u", next: "j", previous: "k",
    overlays: "o", zoom: "z", ruler: "g", compare: "c", help: "?",
  };
  let keys = { ...AS_DELIVERED, ...kept.get("desk-keys") };
  let keysOn = kept.get("desk-keys-on") !== false;
  let busy = false;
  let leavesWith = null;
  let pictures = [];
  let clocks = [];
  let ahead = null;

  /// Says something to everybody, or `quietly` to those who listen to the page.
  const say = (text, quietly = false) => {
    const spoken = one("#spoken");
    if (!spoken || !text) return;
    spoken.classList.toggle("quietly", quietly);
    spoken.textContent = text;
  };
  const words = () => one(".case")?.dataset ?? {};

  // --- keys ---------------------------------------------------------------------------------------------------------

  const isText = (element) =>
    element.matches?.("select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  function act(action) {
    const target = one(`[data-key="${action}"]`);
    if (target instanceof HTMLDetailsElement) return toggle(target);
    if (target instanceof HTMLInputElement) {
      target.checked = !target.checked;
      return true;
    }
    if (target) {
      target.click();
      return true;
    }
    if (action === "next" || action === "previous") return step(action === "next" ? 1 : -1);
    return false;
  }

  function toggle(details) {
    all("details[open][data-key]").filter((other) => other !== details).forEach((other) => { other.open = false; });
    details.open = !details.open;
    if (details.open) one("fieldset", details)?.focus();
    return true;
  }

  /// Marks one finding after the other, in the list and on the photo.
  function step(by) {
    const findings = all("#findings > li");
    if (!findings.length) return false;
    const at = findings.findIndex((finding) => finding.classList.contains("current"));
    const to = at < 0 && by < 0 ? findings.length - 1 : (at + by + findings.length) % findings.length;
    findings.forEach((finding, i) => finding.classList.toggle("current", i === to));
    findings[to].scrollIntoView({ block: "nearest" });
    all(".marks [data-number]").forEach((mark) => {
      mark.classList.toggle("dim", mark.dataset.number !== findings[to].dataset.number);
    });
    say(findings[to].innerText, true);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    // A key that is held is pressed once: what it would do next is about something that nobody saw yet.
    if (event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || one("dialog[open]")) return;
    const target = event.target;
    const panel = one("details.reject[open], details.skip-it[open]");
    if (event.key === "Escape") {
      const zoom = one("#zoom");
      if (panel) {
        panel.open = false;
        one("summary", panel).focus();
      } else if (zoom?.checked) {
        zoom.checked = false;
      }
      return;
    }
    if (isText(target)) return;
    const onControl = target.matches?.("button, summary, a");
    if (panel && /^[1-9]$/.test(event.key)) {
      const box = one(`[data-digit="${event.key}"]`, panel);
      if (box) box.checked = box.type === "radio" || !box.checked;
      event.preventDefault();
      return;
    }
    if (panel && event.key === "Enter" && !onControl) {
      event.preventDefault();
      one("form", panel).requestSubmit();
      return;
    }
    if (!keysOn || event.key.length !== 1) return;
    const action = Object.keys(keys).find((name) => keys[name] === event.key.toLowerCase());
    // With a list open only its own key closes it: no other letter may decide meanwhile.
    if (!action || (panel && panel.dataset.key !== action)) return;
    if (act(action)) event.preventDefault();
  });

  // A tool that was clicked must not keep the letters from working.
  document.addEventListener("click", (event) => {
    if (event.target.matches?.(".tools input") && event.detail) event.target.blur();
    if (event.target.closest?.("[data-key=help]")) help();
    if (event.target.id === "pause-seen") pauseSeen();
  });

  function showKeys() {
    document.documentElement.classList.toggle("keys-off", !keysOn);
    all("[data-key]").forEach((element) => {
      const label = element instanceof HTMLInputElement ? one(`label[for="${element.id}"]`) : element;
      const kbd = label && one("kbd", label);
      if (kbd) kbd.textContent = keys[element.dataset.key]?.toUpperCase() ?? kbd.textContent;
    });
    all("#help [data-action]").forEach((input) => { input.value = keys[input.dataset.action].toUpperCase(); });
    const on = one("#keys-on");
    if (on) on.checked = keysOn;
  }

  function help() {
    const dialog = one("#help");
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("input", (event) => {
    const { id, dataset, value } = event.target;
    if (id === "keys-on") {
      keysOn = event.target.checked;
      kept.set("desk-keys-on", keysOn);
      showKeys();
    }
    const letter = value?.trim().toLowerCase();
    if (dataset.action && letter && !/[0-9]/.test(letter)) {
      // Two acts never share a key: the one that had it gets the other's.
      const other = Object.keys(keys).find((name) => keys[name] === letter);
      if (other) keys[other] = keys[dataset.action];
      keys[dataset.action] = letter;
      kept.set("desk-keys", keys);
      showKeys();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.id !== "keys-reset") return;
    keys = { ...AS_DELIVERED };
    keysOn = true;
    kept.set("desk-keys", keys);
    kept.set("desk-keys-on", true);
    showKeys();
  });

  // --- deciding without leaving the page ----------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const form = event.target;
    // The same page comes again in the other language: its photo is not given back meanwhile.
    if (form.matches(".lang")) leavesWith = null;
    if (form.method !== "post") return;
    if (form.closest(".decide:not([data-seen])") && !form.matches(".undo, .skip-it form")) {
      event.preventDefault();
      say(one(".decide").dataset.early);
      return;
    }
    const { pathname } = new URL(form.action);
    if (pathname.startsWith("/desk/review/")) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (pathname.startsWith("/desk/comments/")) {
      if (busy) event.preventDefault();
      setBusy(true);
    }
  });
  // A page that the browser kept is as it was when it was left.
  addEventListener("pageshow", (event) => { if (event.persisted) setBusy(false); });

  /// How long a photo or a comment stands before it is decided on, ms: nobody sees one and chooses sooner (a reaction without any choice
  /// takes 250 ms), and the second click of a double-click comes within Windows' 500 ms.
  const LOOK_MS = 500;

  /// Lets decisions through once all of what they are about was painted for long enough. A tab that nobody sees paints nothing.
  async function look() {
    const place = one(".decide");
    if (!place) return;
    await Promise.all(all(".case img:not([loading=lazy])").map((img) => img.decode().catch(() => null)));
    requestAnimationFrame(() => setTimeout(() => { place.dataset.seen = ""; }, LOOK_MS));
  }

  function send(form, submitter) {
    if (busy) return;
    setBusy(true);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    // A document that a request parses runs no script and loads no picture.
    request.responseType = "document";
    request.onload = async () => {
      const page = request.response;
      if (!page?.body || new URL(request.responseURL).pathname === "/desk/sign-in") {
        leavesWith = null;
        location.href = request.responseURL || location.href;
        return;
      }
      await swap(page, request.responseURL);
      setBusy(false);
    };
    request.onerror = () => {
      setBusy(false);
      say(words().offline);
      one("#spoken")?.classList.add("trouble");
    };
    request.send(new URLSearchParams(new FormData(form, submitter)));
  }

  function setBusy(is) {
    busy = is;
    document.body.toggleAttribute("aria-busy", is);
  }

  const picture = (src) => fetch(src).then((got) => (got.ok ? got.blob() : null), () => null);

  /// Has the next photo held and its pictures here, once this one is looked at. Every view is in the log, also one ahead.
  async function fetchAhead(attempt) {
    if (ahead && ahead.attempt !== attempt) return;
    ahead = null;
    await new Promise((done) => { setTimeout(done, 500); });
    if (leavesWith !== attempt || busy) return;
    const got = await fetch(`/desk/review/${attempt}/ahead`, { method: "POST" }).catch(() => null);
    if (got?.status !== 200) return;
    const next = await got.json();
    ahead = { attempt: next.attempt, pictures: new Map(next.pictures.map((src) => [src, picture(src)])) };
    // Decided or left meanwhile: the server gives it next in any case, or gets it back.
    if (leavesWith !== attempt && leavesWith !== next.attempt) giveBackAhead();
  }

  function giveBackAhead() {
    if (ahead) navigator.sendBeacon(`/desk/review/${ahead.attempt}/leave`);
    ahead = null;
  }

  /// Puts a page in place of this one once its pictures are there, each asked for once: every view is written in the log.
  async function swap(page, url) {
    const now = all("img:not([loading=lazy])", page).filter((img) => img.getAttribute("src")?.startsWith("/desk/review/"));
    const sources = now.map((img) => img.getAttribute("src"));
    now.forEach((img) => img.removeAttribute("src"));
    const blobs = await Promise.all(sources.map((src) => ahead?.pictures.get(src) ?? picture(src)));
    const body = document.adoptNode(page.body);
    const fresh = [];
    await Promise.all(now.map((img, i) => {
      if (!blobs[i]) return null;
      fresh.push(URL.createObjectURL(blobs[i]));
      img.src = fresh.at(-1);
      return img.decode().catch(() => null);
    }));
    document.title = page.title;
    history.replaceState(null, "", url);
    document.body.replaceWith(body);
    pictures.forEach((old) => URL.revokeObjectURL(old));
    pictures = fresh;
    scrollTo(0, 0);
    begin();
  }

  // --- the lease, the undo, the pause -------------------------------------------------------------------------------

  const clock = (ms) => {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  function lease() {
    const place = one("#lease");
    leavesWith = place?.dataset.attempt ?? null;
    if (!place) {
      giveBackAhead();
      return;
    }
    const attempt = leavesWith;
    fetchAhead(attempt);
    let until = Date.now() + Number(place.dataset.leftMs);
    let asked = Date.now();
    let warned = false;
    const show = () => {
      const left = until - Date.now();
      one(".clock", place).textContent = clock(left);
      place.classList.toggle("soon", left < 60_000);
      if (left < 60_000 && !warned) {
        warned = true;
        say(words().soon);
      }
      if (left <= 0) {
        leavesWith = null;
        all(".decide button").forEach((button) => { button.disabled = true; });
        say(words().over);
        place.textContent = words().over;
        clearInterval(ticking);
      }
    };
    place.classList.add("running");
    const ticking = setInterval(show, 250);
    clocks.push(ticking);
    show();
    renew = async () => {
      // A decision that is under way gives the photo up, and whoever asks for it after that is told that it is lost.
      if (busy || Date.now() - asked < 20_000 || leavesWith !== attempt) return;
      asked = Date.now();
      const got = await fetch(`/desk/review/${attempt}/renew`, {
        method: "POST",
        headers: { accept: "application/json" },
      }).catch(() => null);
      if (busy || !place.isConnected) return;
      if (got?.status === 409 && leavesWith === attempt) {
        leavesWith = null;
        location.href = "/desk/review?told=lost";
      } else if (got?.ok) {
        until = Date.now() + (await got.json()).left_ms;
        warned = false;
      }
    };
  }
  let renew = () => {};

  function undo() {
    const form = one("form.undo");
    if (!form) return;
    const until = Date.now() + Number(form.dataset.leftMs);
    const ticking = setInterval(() => {
      const left = until - Date.now();
      one(".count", form).textContent = Math.ceil(left / 1000);
      if (left > 0) return;
      clearInterval(ticking);
      form.remove();
    }, 200);
    clocks.push(ticking);
  }

  const WORK_MS = 50 * 60_000;
  const REST_MS = 10 * 60_000;
  const work = () => {
    try { return JSON.parse(sessionStorage.getItem("desk-work")) ?? {}; } catch { return {}; }
  };
  const setWork = (is) => {
    try { sessionStorage.setItem("desk-work", JSON.stringify(is)); } catch { /* no reminder then */ }
  };
  function worked() {
    const now = Date.now();
    let { since = now, last = now } = work();
    if (now - last > REST_MS) since = now;
    setWork({ since, last: now });
    const pause = one("#pause");
    if (pause) pause.hidden = now - since < WORK_MS;
  }
  function pauseSeen() {
    setWork({ since: Date.now() - WORK_MS + REST_MS, last: Date.now() });
    one("#pause").hidden = true;
  }

  for (const sign of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    document.addEventListener(sign, () => {
      renew();
      if (one(".case")) worked();
    }, { passive: true });
  }

  addEventListener("pagehide", () => {
    if (!leavesWith) return;
    navigator.sendBeacon(`/desk/review/${leavesWith}/leave`);
    giveBackAhead();
    try { sessionStorage.setItem("desk-left", String(Date.now())); } catch { /* the lease sees to it */ }
  });

  /// A page that was loaded again gave its photo back a moment ago, before or after the server made the page, and takes the next.
  async function resume() {
    const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
    let left = 0;
    try {
      left = Number(sessionStorage.getItem("desk-left"));
      sessionStorage.removeItem("desk-left");
    } catch { /* then not */ }
    if (!reloaded || Date.now() - left > 10_000 || !one(".case, .queue-page")) return;
    if (leavesWith) {
      setBusy(true);
      // As long as what the old page sent last may still be under way.
      await new Promise((done) => { setTimeout(done, 400); });
      const held = await fetch(`/desk/review/${leavesWith}/renew`, {
        method: "POST",
        headers: { accept: "application/json" },
      }).catch(() => null);
      setBusy(false);
      if (held?.status !== 409) return;
    }
    const claim = document.createElement("form");
    claim.method = "post";
    claim.action = "/desk/review/claim";
    document.body.append(claim);
    claim.requestSubmit();
  }

  // --- the window: the focus is always in the one box ---------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const box = one(".window-page #number");
    if (!box || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target === document.body || event.target.matches?.("main, h1, h2")) box.focus();
  });

  function begin() {
    clocks.forEach(clearInterval);
    clocks = [];
    renew = () => {};
    showKeys();
    look();
    lease();
    undo();
    if (one(".case")) worked();
    const first = one(".faults[tabindex], .told[role=alert]") ?? one("[autofocus]");
    if (first) first.focus();
    else if (one("#spoken") && !one("#spoken").textContent) say(one("h1").textContent, true);
    one(".window-page #number")?.select();
  }

  begin();
  resume();
})();
