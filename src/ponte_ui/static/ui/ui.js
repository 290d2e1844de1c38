// What pages need besides htmx and Tabler: charts and questions before harm. No page depends on it for
// its main action. What parts that refresh themselves owe is in `refresh.js`.
"use strict";

(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // 1.234,5 in Portuguese; ECharts would write numbers as in English.
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const figure = (value) => numbers.format(value);

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
        axis.axisLabel = { color: ink, ...(axis.type === "value" ? { formatter: figure } : {}), ...axis.axisLabel };
        axis.nameTextStyle = { color: ink };
        axis.splitLine = { lineStyle: { color: colour("--line") }, ...axis.splitLine };
      }
      for (const line of option.series) {
        if (line.markLine) line.markLine.label = { color: ink, textBorderWidth: 0, ...line.markLine.label };
      }
      if (option.legend) option.legend.textStyle = { color: ink };
      chart.setOption({
        animation: false,
        darkMode: document.documentElement.dataset.bsTheme === "dark",
        textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
        color: [1, 2, 3, 4, 5, 6, 7].map((place) => colour(`--chart-${place}`)),
        ...option,
        tooltip: { renderMode: "richText", valueFormatter: figure, ...(option.tooltip || {}) },
      });
      const observer = new ResizeObserver(() => chart.resize());
      observer.observe(box);
      drawn.set(chart, observer);
    }
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
  drawCharts(document);
})();
