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

// The page with all answers came by POST. In the browser's history it stands as the empty form, so that Back after
// sending shows nobody what was written.
if (document.querySelector("[data-looked-over]")) {
  history.replaceState(null, "", location.pathname);
}
// A page that the browser kept whole would show the answers too.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-looked-over]")) location.replace(location.pathname);
});
