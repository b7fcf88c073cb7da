// Asks before a session ends, and keeps what was typed when nobody answers. The server ends the session in any case.
const box = document.getElementById("still-here");
const csrf = document.querySelector("#logout-form [name=csrfmiddlewaretoken]");
const WARN = 120; // seconds before the end
const KEEP = 15; // seconds before the end: time for the text to get there
const TYPING = 60; // seconds between two notes that somebody is typing
const changed = new Set();
let typedAt = 0;
let toldAt = Date.now();
let endsAt = Infinity;
let timer;

const post = (address, body) => fetch(address, { method: "POST", body, headers: { "X-CSRFToken": csrf.value } });

async function secondsLeft() {
  const answer = await fetch(box.dataset.timeLeft, { redirect: "error" });
  return (await answer.json()).seconds;
}

async function stay() {
  toldAt = Date.now();
  const answer = await post(box.dataset.stillHere);
  if (answer.redirected) return leave();
  box.close();
  plan((await answer.json()).seconds);
}

// All forms in one request: when the session is over already, it is the last one that counts.
async function keep() {
  if (!changed.size) return;
  const forms = [...changed].map((form) => {
    const { pathname, search } = new URL(form.getAttribute("action") || location.href, location.href);
    return [pathname + search, [...new FormData(form)].filter(([, value]) => typeof value === "string")];
  });
  const body = new FormData();
  body.set("forms", JSON.stringify(forms));
  await post(box.dataset.keep, body);
}

function leave() {
  changed.clear();
  const next = new URLSearchParams({ why: "ended", next: location.pathname + location.search });
  location.assign(`${box.dataset.signIn}?${next}`);
}

// Another tab may have gone on: only the server knows.
async function look() {
  if (Date.now() > endsAt) await keep(); // the machine slept
  let left;
  try {
    left = await secondsLeft();
  } catch (error) {
    return error instanceof TypeError ? leaveIfEnded() : plan(WARN + 10);
  }
  if (left > WARN) {
    if (box.open) box.close();
  } else if (left > KEEP) {
    box.querySelector("[data-minutes]").textContent = left > 60 ? "two minutes" : "less than a minute";
    if (!box.open) box.showModal();
  } else {
    await keep();
    timer = setTimeout(look, (Math.max(0, left) + 2) * 1000); // when it is really over
    return undefined;
  }
  return plan(left);
}

// A redirect is the sign-in page: the session is over already.
async function leaveIfEnded() {
  const answer = await fetch(box.dataset.timeLeft).catch(() => null);
  return answer?.redirected ? leave() : plan(WARN + 10);
}

function plan(left) {
  endsAt = Date.now() + left * 1000;
  clearTimeout(timer);
  const next = left > WARN ? left - WARN : left > 60 ? left - 60 : left - KEEP;
  timer = setTimeout(look, Math.max(1, next) * 1000);
}

function noteTyping(event) {
  const form = event.target.form || event.target.closest?.("form");
  if (form && (form.method || "").toLowerCase() === "post") changed.add(form);
  typedAt = Date.now();
  if (typedAt - toldAt > TYPING * 1000 && !box.open) stay().catch(() => {});
}

if (box && csrf) {
  document.addEventListener("input", noteTyping);
  document.addEventListener("submit", (event) => changed.delete(event.target));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  box.querySelector("[data-stay]").addEventListener("click", stay);
  box.addEventListener("cancel", stay); // the Escape key
  plan(Number(box.dataset.seconds));
}
