// Pages work without this. It moves the focus to what has to be mended and keeps forms from being sent twice.
"use strict";
document.documentElement.classList.add("js");
const errors = document.getElementById("errors");
if (errors) errors.focus();
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
// A page from the browser's memory may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent));
for (const code of document.querySelectorAll(".link code")) {
  if (!navigator.clipboard) break;
  code.tabIndex = 0;
  code.addEventListener("click", () => navigator.clipboard.writeText(code.textContent));
}
