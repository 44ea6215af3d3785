// The keys go to the screens from the first one on, without a click; and a page that was left can be opened again.
addEventListener("load", () => {
  document.querySelector(".xterm-helper-textarea").focus();
  document.querySelector("#again").addEventListener("click", () => location.reload());
});
