// Passkeys: the browser asks the authenticator, and its answer goes the way of the form. Where there is none, the form stays hidden and
// the code of an authenticator app does the same.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const keys = (form) =>
    form.dataset.ids.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));
  const challenge = (form) => new TextEncoder().encode(form.dataset.challenge);

  const acts = {
    async prove(form) {
      const found = await navigator.credentials.get({
        publicKey: {
          challenge: challenge(form),
          rpId: form.dataset.relying,
          allowCredentials: keys(form),
          userVerification: "required",
        },
      });
      return { found, data: found.response.authenticatorData, signature: found.response.signature };
    },
    async enrol(form) {
      const found = await navigator.credentials.create({
        publicKey: {
          challenge: challenge(form),
          rp: { id: form.dataset.relying, name: document.title },
          user: { id: bytes(form.dataset.user), name: form.dataset.login, displayName: form.dataset.name },
          // ES256, which every authenticator has.
          pubKeyCredParams: [{ type: "public-key", alg: -7 }],
          excludeCredentials: keys(form),
          authenticatorSelection: { userVerification: "required", residentKey: "discouraged" },
          attestation: "none",
        },
      });
      return { found, data: found.response.getAuthenticatorData(), signature: new ArrayBuffer(0) };
    },
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const trouble = form.querySelector("[data-trouble]");
      trouble.hidden = true;
      try {
        const { found, data, signature } = await acts[form.dataset.passkey](form);
        const said = {
          credential: text(found.rawId),
          client_data: text(found.response.clientDataJSON),
          authenticator_data: text(data),
          signature: text(signature),
        };
        for (const [name, value] of Object.entries(said)) {
          const field = document.createElement("input");
          Object.assign(field, { type: "hidden", name, value });
          form.append(field);
        }
        form.submit();
      } catch {
        // Turned away by the person or by the authenticator; the page says what else there is.
        trouble.hidden = false;
      }
    });
  }
})();
