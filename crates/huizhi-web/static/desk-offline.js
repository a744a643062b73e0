// The window without a line: what is scanned is checked here, by the service's public keys, and noted until the line is back.
"use strict";
(() => {
  const form = document.getElementById("offline");
  const line = window.deskLine;
  if (!form || !line) return;
  const [input, said, queue, back, title, hint, numberHint] =
    ["number", "said", "queue", "back", "line-title", "line-hint", "number-hint"].map((id) => document.getElementById(id));
  const lang = document.querySelector("form.lang");
  const AGAIN_MS = 5_000;
  let up = null;
  const words = form.dataset;
  const arrived = [];
  const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const json = (part) => JSON.parse(new TextDecoder().decode(bytes(part)));
  const fill = (text, values) =>
    Object.entries(values).reduce((done, [name, value]) => done.replaceAll(`{ $${name} }`, value), text);
  /// What the clock on the office's wall shows.
  const wall = (ms) => new Date(ms + Number(words.zone) * 60_000).toISOString();
  const time = (ms) => wall(ms).slice(11, 16);

  function say(text, trouble = false) {
    said.hidden = false;
    said.textContent = text;
    said.classList.toggle("trouble", trouble);
  }

  const randomKey = () =>
    btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  /// Whether a signature is the service's: `true`, `false`, or `null` where this browser can't tell.
  async function proven(token) {
    const [head, claims, signature] = token.split(".");
    try {
      const { keys } = await (await fetch("/api/v1/keys")).json();
      const key = keys.find((it) => it.kid === json(head).kid);
      if (!key) return false;
      const open = await crypto.subtle.importKey("raw", bytes(key.x), { name: "Ed25519" }, false, ["verify"]);
      const text = new TextEncoder().encode(`${head}.${claims}`);
      return await crypto.subtle.verify({ name: "Ed25519" }, open, bytes(signature), text);
    } catch {
      return null;
    }
  }

  /// The number of an appointment as it is meant, or nothing: the last of its eight characters checks the others.
  function numberOf(text) {
    const plain = text.normalize("NFKC").toUpperCase().replace(/[\s·.\u2010-\u2015-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
    if (plain.length !== 8) return null;
    let sum = 0;
    for (const letter of plain) {
      const digit = ALPHABET.indexOf(letter);
      if (digit < 0) return null;
      sum = (sum << 1) ^ (sum & 16 ? 0b100101 : 0) ^ digit;
    }
    return sum === 0 ? plain : null;
  }

  function tokenOf(text) {
    const parts = text.includes("://") ? text.split(/[/?#&=]/) : [text];
    return parts.find((part) => /^[\w-]+\.[\w-]+\.[\w-]{86,}$/.test(part)) ?? null;
  }

  function note(item) {
    const known = [...line.all(), ...arrived].some((it) => it.number === item.number);
    if (known) return say(words.twice, true);
    const kept = line.put({ ...item, key: randomKey(), at: Date.now(), served: false, state: "waiting" });
    if (!kept) return say(document.getElementById("line").dataset.full, true);
    say(fill(words.noted, { number: item.shown }));
    line.show();
    return line.send();
  }

  function pass(token, claims, genuine) {
    const at = claims.at * 1000;
    const now = Date.now();
    if (claims.o !== words.office) return say(words.otherOffice, true);
    if (claims.t.slice(0, 10) !== wall(now).slice(0, 10)) return say(fill(words.otherDay, { day: claims.t.slice(0, 10) }), true);
    if (now < at - Number(words.from) * 60_000) {
      return say(fill(words.early, { at: time(at - Number(words.from) * 60_000) }), true);
    }
    if (now > at + Number(words.late) * 60_000) {
      return say(fill(words.after, { at: time(at + Number(words.late) * 60_000) }), true);
    }
    return note({
      code: token,
      number: claims.n.replace("-", ""),
      shown: claims.n,
      slot: claims.t.slice(11),
      proof: genuine ? "checked" : "unchecked",
    });
  }

  async function scanned(token) {
    let head;
    let claims;
    try {
      [head, claims] = token.split(".").slice(0, 2).map(json);
    } catch {
      return say(words.form, true);
    }
    const genuine = await proven(token);
    if (genuine === false) return say(words.wrong, true);
    if (head.typ === "huizhi-visit+jws") return pass(token, claims, genuine);
    // What only is to be shown has to be proven.
    if (genuine === null) return say(words.unchecked, true);
    if (Date.now() >= claims.exp * 1000) return say(words.over, true);
    if (head.typ === "huizhi-residence+jws") {
      return say(fill(words.residence, { name: claims.n, last: claims.l, district: claims.q, until: claims.u }));
    }
    if (head.typ === undefined) return say(fill(words.receipt, { until: wall(claims.exp * 1000 - 1).slice(0, 10) }));
    return say(words.form, true);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    input.focus();
    if (!text) return say(words.empty, true);
    const token = tokenOf(text);
    if (token) return scanned(token);
    const number = numberOf(text);
    if (!number) return say(words.form, true);
    return note({ code: number, number, shown: `${number.slice(0, 4)}-${number.slice(4)}`, slot: "", proof: "typed" });
  });

  function button(text, item, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", `${text} ${item.shown}`);
    made.addEventListener("click", act);
    return made;
  }

  function row(item, state) {
    const made = document.createElement("li");
    made.dataset.state = item.done ? "sent" : item.state;
    const number = document.createElement("b");
    number.className = "ticket-number";
    number.textContent = item.shown;
    const proof = { checked: words.checked, unchecked: words.unchecked, typed: words.typed }[item.proof] ?? "";
    const slot = item.slot && fill(words.slot, { at: item.slot });
    const came = fill(words.came, { at: time(item.at) });
    made.append(number, ` ${[slot, came, proof, state, item.served ? words.served : ""].filter(Boolean).join(" · ")} `);
    return made;
  }

  let listed = "";
  function list() {
    // Who stands on a button of the list stays there while nothing changed.
    const now = JSON.stringify([line.all(), arrived]);
    if (now === listed) return;
    listed = now;
    const rows = line.all().map((item) => {
      const refused = item.state === "refused";
      const made = row(item, refused ? `${words.refused} ${item.why ?? ""}` : words.waiting);
      if (refused) {
        made.append(button(words.drop, item, () => { line.drop(item.key); line.show(); }));
        return made;
      }
      if (!item.served) {
        made.append(button(words.serve, item, () => { line.put({ ...line.find(item.key), served: true }); line.show(); line.send(); }), " ");
      }
      made.append(button(words.remove, item, () => { line.drop(item.key); line.show(); }));
      return made;
    });
    rows.push(...arrived.map((item) => row(item, fill(words.sent, { number: item.ticket }))));
    queue.replaceChildren(...rows);
  }

  document.addEventListener("arrived", ({ detail }) => {
    arrived.push({ ...detail.item, ticket: detail.ticket, done: true });
  });
  /// Whether the service is there: what the page says about the line, and what needs one.
  function stand(now) {
    if (now === up) return;
    up = now;
    title.textContent = up ? words.up : words.down;
    document.title = document.title.replace(up ? words.down : words.up, title.textContent);
    hint.hidden = up;
    back.hidden = !up;
    lang.hidden = !up;
    numberHint.hidden = up;
    // What was noted is sent now, and what could not be read without a line may be read with one: the list says how each stands.
    if (up) said.hidden = true;
  }
  async function ask() {
    const answer = await fetch("/health", { cache: "no-store" }).catch(() => null);
    stand(Boolean(answer?.ok));
  }

  document.addEventListener("arrivals", ({ detail }) => {
    list();
    if (detail.down) stand(false);
  });
  list();
  stand(false);
  ask();
  addEventListener("online", ask);
  setInterval(ask, AGAIN_MS);
  if (location.hash.length > 1) {
    input.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }
})();
