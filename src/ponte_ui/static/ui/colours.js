// Before anything is drawn: dark where the person's machine is, unless the page was asked for one.
"use strict";

(() => {
  const root = document.documentElement;
  const machine = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const { colours } = root.dataset;
    const dark = colours === "dark" || (colours === "auto" && machine.matches);
    root.dataset.bsTheme = dark ? "dark" : "light";
    document.dispatchEvent(new Event("painted"));
  };
  machine.addEventListener("change", paint);
  // Paper is white.
  addEventListener("beforeprint", () => { root.dataset.bsTheme = "light"; });
  addEventListener("afterprint", paint);
  paint();
})();
