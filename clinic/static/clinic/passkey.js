// Passkeys exist only through JavaScript. The server puts its question into the page; the answer goes back in the form.
const form = document.querySelector("[data-passkey-form]");
const options = JSON.parse(document.getElementById("passkey-options").textContent);
const problem = form.querySelector("[data-passkey-problem]");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

function ask() {
  const made = options.creation_options?.publicKey;
  if (made) {
    const publicKey = { ...made, challenge: bytes(made.challenge), user: { ...made.user, id: bytes(made.user.id) }, excludeCredentials: withBytes(made.excludeCredentials) };
    return navigator.credentials.create({ publicKey });
  }
  const wanted = options.request_options.publicKey;
  const publicKey = { ...wanted, challenge: bytes(wanted.challenge), allowCredentials: withBytes(wanted.allowCredentials) };
  return navigator.credentials.get({ publicKey });
}

function packed(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

if (window.PublicKeyCredential) {
  form.closest("[data-passkey]")?.removeAttribute("hidden");
  form.querySelector("button").addEventListener("click", async () => {
    problem.hidden = true;
    try {
      form.elements.credential.value = packed(await ask());
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
