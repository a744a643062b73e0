// The screen of a hall: asks every few seconds who is called, says it, and sounds a short tone where somebody allowed it.
"use strict";
(() => {
  const AGAIN_MS = 3_000;
  const words = document.body.dataset;
  const [calls, waiting, spoken, nobody, lost, sound] =
    ["calls", "waiting", "spoken", "nobody", "lost", "sound"].map((id) => document.getElementById(id));
  let stamp = words.stamp;
  let heard = new Set([...calls.rows].map((row) => `${row.cells[0].textContent} 0`));
  let first = true;
  let audio = null;

  if (window.AudioContext) {
    sound.hidden = false;
    // Browsers let a page sound only after somebody pressed something.
    sound.addEventListener("click", () => {
      audio = new AudioContext();
      sound.hidden = true;
      tone();
    });
  }

  /// Two notes, a third apart, half a second.
  function tone() {
    if (!audio) return;
    [659, 523].forEach((pitch, i) => {
      const at = audio.currentTime + i * 0.25;
      const [note, loud] = [audio.createOscillator(), audio.createGain()];
      note.frequency.value = pitch;
      loud.gain.setValueAtTime(0.3, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + 0.24);
      note.connect(loud).connect(audio.destination);
      note.start(at);
      note.stop(at + 0.25);
    });
  }

  function row(call) {
    const made = document.createElement("tr");
    made.className = call.state;
    for (const text of [call.number, call.window]) {
      const cell = document.createElement("td");
      cell.textContent = text;
      made.append(cell);
    }
    return made;
  }

  function show(now) {
    waiting.textContent = now.waiting;
    calls.replaceChildren(...now.calls.map(row));
    nobody.hidden = now.calls.length > 0;
    const called = now.calls.filter((call) => call.state === "called");
    const fresh = called.filter((call) => !heard.has(`${call.number} ${call.calls}`));
    heard = new Set(called.map((call) => `${call.number} ${call.calls}`));
    // What stood there when the page came is not news.
    if (!first && fresh.length) {
      const at = (call) => (call.numbered ? words.at.replace("{ $window }", call.window) : call.window);
      const text = fresh.map((call) => words.call.replace("{ $number }", call.number).replace("{ $window }", at(call)));
      spoken.textContent = text.join(" ");
      tone();
    }
    first = false;
  }

  async function ask() {
    const answer = await fetch(words.now).catch(() => null);
    lost.hidden = Boolean(answer?.ok);
    if (!answer?.ok) return;
    const now = await answer.json();
    if (now.stamp === stamp && !first) return;
    stamp = now.stamp;
    show(now);
  }

  ask();
  setInterval(ask, AGAIN_MS);
})();
