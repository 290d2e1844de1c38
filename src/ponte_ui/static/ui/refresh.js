// Parts of a page that htmx fetches anew, most of them every few seconds by themselves: they take
// nothing from whoever is at the page. What has the focus keeps it, what was opened stays open, what
// is being asked or copied is not pulled away, what changed is spoken once, and a part that could
// not be fetched says so until it can.
"use strict";

(() => {
  // Somebody copies a message out of the page; then the page goes on.
  const LONGEST_COPYING_MS = 30_000;
  // Long enough for any screen reader to have taken it.
  const SPOKEN_MS = 5_000;
  const isPoll = (element) => /\bevery\b/.test(element?.getAttribute?.("hx-trigger") ?? "");

  // An element is told again by what it leads to or says, and by its place among those alike.
  const trait = (element) =>
    [
      element.tagName,
      element.id,
      element.getAttribute("href") ?? element.form?.getAttribute("action"),
      element.hasAttribute("href") ? "" : element.textContent.trim(),
    ].join("\n");
  const alike = (root, element) =>
    [...root.querySelectorAll(element.tagName)].filter((each) => trait(each) === trait(element));
  // What finds it again once it was replaced; null while it stands.
  const finder = (root, element) => {
    const place = alike(root, element).indexOf(element);
    return () => (element.isConnected ? null : alike(root, element)[place]);
  };

  const sayings = (root, isPolled) =>
    new Map(
      [...root.querySelectorAll("[data-speak]")].map((each) => {
        const text = each.textContent.trim().replace(/\s+/g, " ");
        // A figure that moves is no news to somebody who listens.
        return [isPolled ? text.replace(/\d/g, "") : text, text];
      }),
    );

  // Said, and gone: whoever reads through the page does not come by it again.
  let silence = 0;
  const speak = (text) => {
    const spoken = document.getElementById("spoken");
    spoken.textContent = text;
    clearTimeout(silence);
    silence = setTimeout(() => spoken.replaceChildren(), SPOKEN_MS);
  };

  let copyingSince = 0;
  const isCopying = (root) => {
    const selection = getSelection();
    const isHere = !selection.isCollapsed && root.contains(selection.anchorNode);
    if (!isHere) copyingSince = 0;
    else copyingSince ||= Date.now();
    return isHere && Date.now() - copyingSince < LONGEST_COPYING_MS;
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, detail } = event;
    if (!detail.shouldSwap) return;
    const isPolled = isPoll(detail.requestConfig.elt);
    if (isPolled && (document.querySelector("dialog[open]") || isCopying(target))) {
      detail.shouldSwap = false;
      return;
    }
    const root = document.getElementById("content");
    const focused = finder(root, document.activeElement);
    const opened = [...root.querySelectorAll("details[open] > summary")].map((summary) => finder(root, summary));
    const before = sayings(root, isPolled);
    // Behind the swap, which follows at once, and before anything is drawn.
    queueMicrotask(() => {
      for (const find of opened) find()?.parentElement.setAttribute("open", "");
      focused()?.focus({ preventScroll: true });
      const news = [...sayings(root, isPolled)].filter(([key]) => !before.has(key)).map(([, text]) => text);
      if (news.length) speak(news.join(" "));
    });
  });

  const toasts = document.getElementById("toasts");
  const { failed, stale, out, enter } = document.body.dataset;
  const say = (kind, text, link) => {
    // What stands already is not said again.
    if (toasts.querySelector(`[data-kind="${kind}"]`)) return null;
    const toast = document.createElement("div");
    toast.className = "toast-note";
    toast.dataset.kind = kind;
    toast.textContent = text;
    if (link) {
      const way = document.createElement("a");
      way.href = link;
      way.target = "_blank";
      way.textContent = enter;
      toast.append(" ", way);
    }
    toasts.append(toast);
    return toast;
  };

  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, (event) => {
      if (isPoll(event.detail.elt)) say("stale", stale);
      else {
        const toast = say("failed", failed);
        setTimeout(() => toast?.remove(), 8000);
      }
    });
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful || !isPoll(event.detail.elt)) return;
    for (const toast of toasts.querySelectorAll('[data-kind="stale"], [data-kind="out"]')) toast.remove();
  });

  // A session that ended takes the page to the log-in, unless something typed would be lost by it.
  const isTyped = (field) =>
    field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = event.detail;
    if (xhr.status !== 401 || ![...document.querySelectorAll("main :is(input, textarea)")].some(isTyped)) return;
    event.preventDefault();
    say("out", out, xhr.getResponseHeader("hx-redirect"));
  });
})();
