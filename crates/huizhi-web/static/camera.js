// The take page: real percentages, a file that survives a lost connection, and a camera with timer and outline.
"use strict";
const form = document.getElementById("upload");
if (form) {
  const box = form.querySelector(".progress");
  const [status, bar, retry] = [box.querySelector("p"), box.querySelector("progress"), box.querySelector("button")];
  let file = null;
  let running = false;

  const say = (text, failed) => {
    box.hidden = false;
    status.textContent = text;
    status.className = failed ? "problem" : "";
    retry.hidden = !failed || !file;
    bar.hidden = Boolean(failed);
  };

  const send = () => {
    if (!file || running) return;
    running = true;
    const body = new FormData();
    body.append("photo", file, file.name || "photo.jpg");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.timeout = 150000;
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.round((event.loaded / event.total) * 100);
      status.textContent = `${form.dataset.wait} ${bar.value}%`;
    };
    request.onload = () => {
      running = false;
      const answer = request.response;
      if (answer && answer.next) location.assign(answer.next);
      else if (answer && answer.error) { file = null; say(answer.error, true); }
      else if (request.status >= 200 && request.status < 300 && request.responseURL) location.assign(request.responseURL);
      else say(form.dataset.lost, true);
    };
    request.onerror = request.ontimeout = () => { running = false; say(form.dataset.lost, true); };
    bar.value = 0;
    say(form.dataset.wait);
    request.send(body);
  };

  const take = (found) => {
    if (!found) return;
    if (found.size > form.dataset.most * 1048576) { file = null; say(form.dataset.big, true); return; }
    file = found;
    send();
  };

  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => { take(input.files[0]); input.value = ""; });
  }
  retry.addEventListener("click", send);
  // The photo is still here: when the line comes back, it goes by itself.
  addEventListener("online", () => { if (file && !running) send(); });

  const camera = document.getElementById("camera");
  const open = document.getElementById("open-camera");
  const media = navigator.mediaDevices;
  if (media && media.getUserMedia && window.isSecureContext) {
    open.parentElement.hidden = false;
    const finder = camera.querySelector(".finder");
    const [video, count] = [camera.querySelector("video"), camera.querySelector(".count")];
    const button = (act) => camera.querySelector(`[data-act=${act}]`);
    let stream = null;
    let facing = "environment";
    let timer = true;
    let ticking = 0;

    const close = () => {
      clearTimeout(ticking);
      count.textContent = "";
      if (stream) stream.getTracks().forEach((track) => track.stop());
      stream = null;
      camera.hidden = true;
      open.parentElement.hidden = false;
    };
    const start = async () => {
      if (stream) stream.getTracks().forEach((track) => track.stop());
      try {
        const wish = { facingMode: facing, width: { ideal: 4096 }, height: { ideal: 3072 } };
        stream = await media.getUserMedia({ video: wish, audio: false });
      } catch {
        close();
        say(camera.dataset.no, true);
        return;
      }
      const used = stream.getVideoTracks()[0].getSettings().facingMode;
      // Only the preview is mirrored, never the file.
      finder.classList.toggle("mirror", used !== "environment");
      video.srcObject = stream;
      await video.play();
      camera.hidden = false;
      open.parentElement.hidden = true;
      camera.scrollIntoView();
      button("shoot").focus();
    };
    const shoot = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((blob) => { close(); take(new File([blob], "photo.jpg", { type: "image/jpeg" })); }, "image/jpeg", 0.95);
    };
    const countdown = (left) => {
      const labels = camera.dataset.labels.split(",");
      if (left === 0) { count.textContent = ""; shoot(); return; }
      count.textContent = labels[labels.length - left];
      ticking = setTimeout(() => countdown(left - 1), 1000);
    };
    open.addEventListener("click", start);
    button("shoot").addEventListener("click", () => { clearTimeout(ticking); if (timer) countdown(3); else shoot(); });
    button("timer").addEventListener("click", (event) => {
      timer = !timer;
      event.currentTarget.setAttribute("aria-pressed", String(timer));
    });
    button("turn").addEventListener("click", () => { facing = facing === "user" ? "environment" : "user"; start(); });
    button("close").addEventListener("click", close);
    addEventListener("pagehide", close);
  }
}
