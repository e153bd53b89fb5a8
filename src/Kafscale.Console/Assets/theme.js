// Before the page is painted: what was chosen the last time.
const theme = localStorage.getItem("theme");
if (theme) {
  document.documentElement.dataset.theme = theme;
}
