// Opens the browser's print window once the sheet stands. Without this script the page says where to find it.
addEventListener("load", () => window.print());
