// What the pages need of the browser besides Blazor: the theme, dialogs, copying, downloads, and saying that the connection is lost.
"use strict";

const root = document.documentElement;

function currentTheme() {
  return root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

document.addEventListener("click", event => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-toggle-theme]")) {
    const theme = currentTheme() === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }

  const copy = target?.closest("[data-copy]");
  if (copy) {
    const source = document.getElementById(copy.dataset.copy);
    navigator.clipboard.writeText(source.textContent).then(() => {
      const text = copy.textContent;
      copy.textContent = "Copied";
      setTimeout(() => { copy.textContent = text; }, 1200);
    });
  }

  const menu = document.getElementById("menu");
  if (target?.closest("[data-toggle-menu]")) {
    const open = menu.classList.toggle("open");
    target.closest("[data-toggle-menu]").setAttribute("aria-expanded", String(open));
  } else if (target?.closest("#menu a")) {
    menu.classList.remove("open");
  }
});

document.addEventListener("keydown", event => {
  // What the arrow keys choose something in does not scroll by them.
  if (event.target instanceof Element && event.target.matches("[data-arrows]") && /^(Arrow|Home$|End$)/.test(event.key)) {
    event.preventDefault();
  }

  const typing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const search = document.querySelector("main input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// Enhanced navigation replaces the attributes of <html>, which the server does not know.
new MutationObserver(() => {
  const stored = localStorage.getItem("theme");
  if (stored && root.dataset.theme !== stored) {
    root.dataset.theme = stored;
  }
}).observe(root, { attributes: true, attributeFilter: ["data-theme"] });

window.kafscale = {
  showDialog(dialog) {
    if (!dialog.open) {
      dialog.showModal();
    }
  },
  closeDialog(dialog) {
    dialog.close();
  },
};

// Blazor sets a class on the element that has this id while it has no connection to the server.
const reconnect = document.getElementById("components-reconnect-modal");
reconnect?.addEventListener("components-reconnect-state-changed", event => {
  if (event.detail.state === "failed" || event.detail.state === "rejected") {
    waitForServer();
  }
});

// The server has forgotten the page, as it does when it is started again: once it answers, the page is loaded anew.
async function waitForServer() {
  for (;;) {
    try {
      const response = await fetch("/healthz", { cache: "no-store" });
      if (response.ok) {
        location.reload();
        return;
      }
    } catch {
      // It does not answer yet.
    }

    await new Promise(resolve => setTimeout(resolve, 1000));
  }
}
