// The desk's worker: keeps the page that a window shows without a line, and what it is made of. It answers nothing in the service's
// place: a page that the service gives is never kept but that one, which names nobody.
"use strict";
const NAME = "desk-without-a-line";
const PAGE = "/desk/window/offline";
const KEYS = "/api/v1/keys";
const PLACES = ["/desk/window", "/desk/hall", PAGE];

/// What a proxy says whose service is gone.
const isDown = (answer) => [502, 503, 504].includes(answer.status);

async function keep(cache, path) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  // A redirect leads to the sign-in, which is of no use here.
  if (answer.ok && !answer.redirected) await cache.put(path, answer);
}

async function fill() {
  const cache = await caches.open(NAME);
  for (const path of [...FILES, KEYS, PAGE]) {
    try {
      await keep(cache, path);
    } catch {
      // What was kept before is better than nothing.
    }
  }
}

async function tidy() {
  const cache = await caches.open(NAME);
  const wanted = [...FILES, KEYS, PAGE];
  for (const request of await cache.keys()) {
    if (!wanted.includes(new URL(request.url).pathname)) await cache.delete(request);
  }
}

addEventListener("install", (event) => event.waitUntil(fill().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));
addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(fill());
});

async function page(request, typed) {
  try {
    const answer = await fetch(request);
    if (!isDown(answer)) return answer;
  } catch {
    // No line; or somebody went back to what answered a form, which a browser loads from its own memory or not at all.
    const answer = await fetch(request.url, { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer && !isDown(answer)) return answer;
  }
  if (typed !== null) return Response.redirect(`${PAGE}#${encodeURIComponent(await typed)}`, 303);
  return (await caches.match(PAGE)) ?? Response.error();
}

/// What stood in the box of a form that could not be sent.
async function typedIn(form) {
  try {
    return String((await form.formData()).get("number") ?? "");
  } catch {
    return "";
  }
}

async function newest(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await (await caches.open(NAME)).put(KEYS, answer.clone());
      return answer;
    }
  } catch {
    // No line.
  }
  return (await caches.match(KEYS)) ?? Response.error();
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate" && PLACES.includes(url.pathname)) {
    const typed = request.method === "POST" ? typedIn(request.clone()) : null;
    event.respondWith(page(request, typed));
  } else if (request.method === "GET" && url.pathname === KEYS) {
    event.respondWith(newest(request));
  } else if (request.method === "GET" && FILES.includes(url.pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
