// What a window noted while it had no line: kept in the browser until the service has it, each under a random key, so that what is sent
// twice is done once. Nobody's name is among it.
"use strict";
(() => {
  const PREFIX = "desk-arrival-";
  const AT_ONCE = 20;
  const AGAIN_MS = 5_000;
  const box = document.getElementById("line");
  let sending = false;
  let down = false;
  let signIn = false;

  const read = (name) => {
    try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
  };
  const all = () => {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    return names.map(read).filter(Boolean).sort((a, b) => a.at - b.at);
  };
  const find = (key) => read(PREFIX + key);
  const put = (item) => {
    try {
      localStorage.setItem(PREFIX + item.key, JSON.stringify(item));
      return true;
    } catch {
      return false;
    }
  };
  const drop = (key) => localStorage.removeItem(PREFIX + key);
  const fill = (text, count) => text.replace("{ $count }", count);
  /// What was refused is read, and put away, on the page without a line.
  const link = (text) => {
    const made = document.createElement("a");
    made.href = "/desk/window/offline";
    made.textContent = text;
    return made;
  };

  function show() {
    const items = all();
    const refused = items.filter((item) => item.state === "refused").length;
    const waiting = items.length - refused;
    if (box) {
      const words = [];
      if (down) words.push(box.dataset.down);
      if (waiting) words.push(fill(box.dataset.waiting, waiting));
      if (waiting && signIn) words.push(box.dataset.signIn);
      if (refused) words.push(link(fill(box.dataset.refused, refused)));
      const text = words.map((word) => word.textContent ?? word).join(" · ");
      if (box.textContent !== text) box.replaceChildren(...words.flatMap((word, at) => (at ? [" · ", word] : [word])));
      box.classList.toggle("trouble", down || refused > 0);
    }
    document.dispatchEvent(new CustomEvent("arrivals", { detail: { down, signIn } }));
  }

  /// What the service says of one. An arrival that was marked as served meanwhile is sent once more.
  function settle(said, sent) {
    const item = find(said.key);
    if (!item) return;
    if (said.state === "refused") {
      put({ ...item, state: "refused", why: said.why });
    } else if (item.served === sent.served) {
      drop(said.key);
      document.dispatchEvent(new CustomEvent("arrived", { detail: { item, ticket: said.number } }));
    }
  }

  async function send() {
    const items = all().filter((item) => item.state !== "refused").slice(0, AT_ONCE);
    if (!items.length || sending) return;
    sending = true;
    let more = false;
    try {
      const arrivals = items.map(({ key, code, at, served }) => ({ key, code, at, served }));
      const answer = await fetch("/desk/arrivals", {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ arrivals }),
      });
      down = [502, 503, 504].includes(answer.status);
      // The session ended meanwhile: what is noted stays until somebody signs in again.
      signIn = !down && (answer.redirected || !answer.ok);
      if (!down && !signIn) {
        const { results } = await answer.json();
        for (const said of results) settle(said, items.find((item) => item.key === said.key) ?? {});
        more = results.length > 0 && all().some((item) => item.state !== "refused");
      }
    } catch {
      down = true;
    } finally {
      sending = false;
      show();
    }
    if (more) await send();
  }

  window.deskLine = { all, find, put, drop, send, show };
  addEventListener("online", send);
  addEventListener("storage", show);
  setInterval(send, AGAIN_MS);
  show();
  send();

  // The page that is shown without a line is kept by a worker. Only a script of ours may be one.
  if (!navigator.serviceWorker || !document.querySelector("form[action='/desk/sign-out']")) return;
  const ours = "/desk/worker.js";
  const policy = window.trustedTypes?.createPolicy("desk-worker", {
    createScriptURL: (url) => {
      if (url !== ours) throw new TypeError(url);
      return url;
    },
  });
  navigator.serviceWorker.register(policy ? policy.createScriptURL(ours) : ours, { scope: "/desk/" }).then(
    (registration) => registration.active?.postMessage("keep"),
    () => { /* The desk works as long as it has a line. */ },
  );
})();
