// The name page: strokes drawn with a finger become a picture, which goes the way of a chosen file.
"use strict";
const pad = document.getElementById("pad");
const form = document.getElementById("name-file");
if (pad && form) {
  const canvas = pad.querySelector("canvas");
  const problem = pad.querySelector(".problem");
  const pen = canvas.getContext("2d");
  const strokes = [];
  let drawing = false;
  pad.hidden = false;

  const paint = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    [pen.lineWidth, pen.lineCap, pen.lineJoin, pen.strokeStyle, pen.fillStyle] = [12, "round", "round", "#000", "#000"];
    for (const stroke of strokes) {
      pen.beginPath();
      if (stroke.length === 1) { pen.arc(stroke[0][0], stroke[0][1], 6, 0, 7); pen.fill(); continue; }
      stroke.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    }
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
  };
  const say = (text) => { problem.textContent = text; problem.hidden = !text; };

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    strokes.push([place(event)]);
    paint();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    strokes[strokes.length - 1].push(place(event));
    paint();
  });
  for (const over of ["pointerup", "pointercancel"]) canvas.addEventListener(over, () => { drawing = false; });

  const send = async (file) => {
    const body = new FormData();
    body.append("photo", file, "name.png");
    try {
      const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (answer.next) location.assign(answer.next);
      else say(answer.error);
    } catch {
      // The strokes are still here to be sent again.
      say(pad.dataset.lost);
    }
  };
  const acts = {
    undo: () => { strokes.pop(); paint(); },
    clear: () => { strokes.length = 0; paint(); },
    send: () => {
      if (strokes.length) canvas.toBlob(send, "image/png");
      else say(pad.dataset.empty);
    },
  };
  for (const button of pad.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => { say(""); acts[button.dataset.act](); });
  }
  paint();
}
