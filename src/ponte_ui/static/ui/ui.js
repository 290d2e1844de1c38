// What pages need besides htmx and Tabler: charts, questions before harm, and a word when a part of
// the page could not be loaded. No page depends on it for its main action.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Each chart drawn, with what watches its size: one that was replaced has to be let go of.
  const drawn = new Map();

  const letGo = () => {
    for (const [chart, observer] of drawn) {
      if (chart.getDom().isConnected) continue;
      observer.disconnect();
      chart.dispose();
      drawn.delete(chart);
    }
  };

  // Charts are drawn with text on the canvas only: a tooltip in HTML would need inline styles.
  const drawCharts = (root) => {
    if (typeof echarts === "undefined") return;
    letGo();
    for (const box of root.querySelectorAll("[data-chart]")) {
      if (echarts.getInstanceByDom(box)) continue;
      const source = document.querySelector(`[data-chart-of="${box.id}"]`);
      const option = JSON.parse(source.textContent);
      const chart = echarts.init(box, null, { renderer: "canvas" });
      const ink = colour("--strong");
      for (const axis of [option.xAxis, option.yAxis].flat()) {
        if (!axis) continue;
        axis.axisLabel = { color: ink, ...axis.axisLabel };
        axis.splitLine = { lineStyle: { color: colour("--line") }, ...axis.splitLine };
      }
      if (option.legend) option.legend.textStyle = { color: ink };
      chart.setOption({
        animation: false,
        darkMode: document.documentElement.dataset.bsTheme === "dark",
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
        color: ["--tblr-primary", "--tblr-azure", "--tblr-lime", "--tblr-yellow", "--tblr-orange", "--tblr-pink", "--tblr-purple"].map(colour),
        ...option,
        tooltip: { renderMode: "richText", ...(option.tooltip || {}) },
      });
      const observer = new ResizeObserver(() => chart.resize());
      observer.observe(box);
      drawn.set(chart, observer);
    }
  };

  const say = (text) => {
    const toast = document.createElement("div");
    toast.className = "toast-note";
    toast.textContent = text;
    document.getElementById("toasts").replaceChildren(toast);
    setTimeout(() => toast.remove(), 8000);
  };

  // A form with a question is sent once the question is answered with yes.
  let asked = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asked = { form, submitter: event.submitter };
    const dialog = document.getElementById("confirm");
    dialog.querySelector("#confirm-text").textContent = question;
    dialog.showModal();
  }, true);

  // Not by the dialog's own `close`, which comes later than whoever asks again at once.
  document.getElementById("confirm").addEventListener("submit", (event) => {
    const question = asked;
    asked = null;
    if (!question || event.submitter?.value !== "yes") return;
    setTimeout(() => {
      question.form.dataset.confirmed = "yes";
      question.form.requestSubmit(question.submitter);
      delete question.form.dataset.confirmed;
    });
  });

  // A second click on a button whose form is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, 5000);
    }
  });

  // Shows or hides what was typed as a password.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveals]");
    if (!button) return;
    const input = document.getElementById(button.dataset.reveals);
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
  });

  // A photo from elsewhere that does not load leaves the icon behind it to be seen.
  const hideBroken = (image) => { if (image.matches(".photo-frame img")) image.hidden = true; };
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) hideBroken(event.target);
  }, true);
  for (const image of document.images) {
    if (image.complete && image.currentSrc && !image.naturalWidth) hideBroken(image);
  }

  // Opens the browser's own way to print.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("htmx:afterSettle", (event) => drawCharts(event.target));
  // Light became dark, or dark light.
  document.addEventListener("painted", () => {
    for (const [chart, observer] of drawn) {
      observer.disconnect();
      chart.dispose();
    }
    drawn.clear();
    drawCharts(document);
  });
  for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => say(document.body.dataset.failed));
  }
  drawCharts(document);
})();
