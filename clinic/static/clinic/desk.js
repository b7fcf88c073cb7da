// While a request is open, ask every half minute who else has it open. Without this script the page says so when it loads.
const here = document.querySelector("[data-here]");
const token = document.querySelector("[name=csrfmiddlewaretoken]");

async function ask() {
  const answer = await fetch(here.dataset.here, { method: "POST", headers: { "X-CSRFToken": token.value } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (here.textContent.trim() !== page.body.textContent.trim()) here.replaceChildren(...page.body.childNodes);
}

if (here && token) setInterval(() => ask().catch(() => {}), 30000);
