// Makes passkeys and signs with them. The forms stand on the page, hidden until it is known that there is somebody to ask.
"use strict";

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const known = (list) => (list || "").split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));

  const make = async (form) => {
    const d = form.dataset;
    const made = await navigator.credentials.create({ publicKey: {
      challenge: bytes(d.challenge),
      rp: { id: d.rp, name: d.party },
      user: { id: bytes(d.user), name: d.login, displayName: d.name },
      pubKeyCredParams: d.algorithms.split(" ").map((alg) => ({ type: "public-key", alg: Number(alg) })),
      excludeCredentials: known(d.known),
      authenticatorSelection: { residentKey: "preferred", userVerification: "preferred" },
      attestation: "none",
      timeout: 300000,
    } });
    return { client_data: made.response.clientDataJSON, attestation: made.response.attestationObject };
  };
  const use = async (form) => {
    const d = form.dataset;
    const signed = await navigator.credentials.get({ publicKey: {
      challenge: bytes(d.challenge),
      rpId: d.rp,
      allowCredentials: known(d.known),
      userVerification: "preferred",
      timeout: 300000,
    } });
    return {
      credential: signed.rawId,
      client_data: signed.response.clientDataJSON,
      authenticator_data: signed.response.authenticatorData,
      signature: signed.response.signature,
    };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const says = form.querySelector("[role=status]");
    form.closest("[hidden]")?.removeAttribute("hidden");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      says.textContent = "Follow what your device asks.";
      try {
        const fields = await (form.dataset.passkey === "make" ? make(form) : use(form));
        for (const [name, buffer] of Object.entries(fields)) form.elements[name].value = text(buffer);
        form.submit();
      } catch (failure) {
        const twice = failure.name === "InvalidStateError";
        says.textContent = twice ? "This device has a passkey for this account already." : "Nothing was done: the device was not asked, did not answer, or was told no.";
      }
    });
  }
})();
