// The face pages: asks the service which movements it wants, films them and sends the film. Nothing is judged here.
"use strict";
const box = document.getElementById("face");
if (box) {
  const media = navigator.mediaDevices;
  const part = (css) => box.querySelector(css);
  const [finder, video, asked, said, bar, start] =
    [".finder", "video", ".asked", ".say", "progress", "[data-act=start]"].map(part);
  const steps = [...asked.children];
  // Nine frames a second for seven seconds are the 64 that the service takes; it asks for eight a second at least.
  const [EVERY_MS, FILM_MS, MOST, LONG_PX] = [110, 7000, 64, 480];
  let stream = null;
  let running = false;

  const say = (text, failed) => {
    said.textContent = text;
    said.classList.toggle("problem", Boolean(failed));
  };
  const show = (step) => {
    for (const one of steps) one.hidden = one.dataset.step !== step;
    asked.hidden = !step;
    const shown = steps.find((one) => !one.hidden);
    if (shown) say(shown.textContent.trim());
  };
  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    finder.hidden = true;
  };
  const end = (text) => {
    stop();
    show(null);
    running = false;
    bar.hidden = true;
    start.disabled = false;
    start.textContent = start.dataset.again;
    say(text, true);
    said.focus();
  };

  // Calls back for every new picture of the camera, and never twice for the same one: the service refuses copies.
  const everyPicture = (call) => {
    if (video.requestVideoFrameCallback) {
      const next = () => video.requestVideoFrameCallback(() => { if (call()) next(); });
      next();
      return;
    }
    let last = -1;
    const look = () => {
      const now = video.currentTime;
      const goes = now === last || call();
      last = now;
      if (goes) requestAnimationFrame(look);
    };
    look();
  };

  const film = (order) => new Promise((done) => {
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, LONG_PX / Math.max(video.videoWidth, video.videoHeight));
    [canvas.width, canvas.height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    const pen = canvas.getContext("2d", { alpha: false });
    const frames = [];
    const begun = performance.now();
    let next = 0;
    let shown = null;
    everyPicture(() => {
      const at = performance.now() - begun;
      if (!stream || at >= FILM_MS || frames.length >= MOST) { done(frames); return false; }
      const step = order[Math.min(order.length - 1, Math.floor((at / FILM_MS) * order.length))];
      if (step !== shown) { shown = step; show(step); }
      if (at >= next) {
        next = Math.max(next + EVERY_MS, at + EVERY_MS / 2);
        // The preview is mirrored, the frames are not: left is the person's left.
        pen.drawImage(video, 0, 0, canvas.width, canvas.height);
        frames.push({ at: Math.round(at), blob: new Promise((give) => canvas.toBlob(give, "image/jpeg", 0.7)) });
      }
      return true;
    });
  });

  const send = (body) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${box.dataset.base}/frames`);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.timeout = 60000;
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100; };
    request.onload = () => done(request.response || {});
    request.onerror = request.ontimeout = () => done({});
    request.send(body);
  });

  const run = async () => {
    if (running) return;
    running = true;
    start.disabled = true;
    say(box.dataset.wait);
    try {
      stream = await media.getUserMedia({ video: { facingMode: "user", width: { ideal: 640 }, frameRate: { ideal: 30 } }, audio: false });
    } catch {
      end(box.dataset.no);
      return;
    }
    video.srcObject = stream;
    finder.hidden = false;
    try {
      await video.play();
      say(box.dataset.look);
      finder.scrollIntoView({ block: "center" });
      await new Promise((done) => setTimeout(done, 1500));
      const answer = await fetch(`${box.dataset.base}/challenge`, { method: "POST", headers: { Accept: "application/json" } });
      const task = await answer.json();
      if (!task.steps) { end(task.error || box.dataset.lost); return; }
      const frames = await film(task.steps);
      // Somebody went to another window meanwhile.
      if (!running) return;
      stop();
      show(null);
      say(box.dataset.send);
      [bar.value, bar.hidden] = [0, false];
      const body = new FormData();
      body.append("nonce", task.nonce);
      body.append("to", box.dataset.to);
      const files = await Promise.all(frames.map((frame) => frame.blob));
      body.append("times", frames.map((frame) => frame.at).join(","));
      for (const file of files) body.append("frame", file, "f.jpg");
      const heard = await send(body);
      if (heard.next) location.assign(heard.next);
      else end(heard.error || box.dataset.lost);
    } catch {
      end(box.dataset.lost);
    }
  };

  if (media && media.getUserMedia && window.isSecureContext) {
    start.parentElement.hidden = false;
    start.addEventListener("click", run);
    addEventListener("pagehide", stop);
    document.addEventListener("visibilitychange", () => { if (document.hidden && stream) end(box.dataset.lost); });
  } else {
    say(box.dataset.no, true);
  }
}
