// Two comforts for the request form. Everything works without this file.

// How many characters are left, said when the writer pauses.
for (const line of document.querySelectorAll("[data-counts]")) {
  const box = document.getElementById(line.dataset.counts);
  const most = Number(line.dataset.most);
  let pause;
  const say = () => {
    // A line break is one character for us, as it is on the server.
    const left = most - [...box.value].length;
    line.textContent = (left < 0 ? line.dataset.over : line.dataset.left).replace("{n}", Math.abs(left));
  };
  box.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(say, 400);
  });
}

// Where the answer to a POST is the page itself (docs/decisions/0041), it stands in the history as the page to GET once it
// is left, so that Back sends nothing again.
const form = document.getElementById("ask");
form?.addEventListener("submit", () => history.replaceState(null, "", location.pathname));

// A page that the browser kept whole would still show the answers.
addEventListener("pageshow", (event) => {
  if (event.persisted && form?.hasAttribute("data-looked-over")) location.replace(location.pathname);
});
