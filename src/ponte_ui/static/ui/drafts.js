// What somebody had typed into a form with `data-draft` when their session ended: it is kept in this
// tab alone while they log in, and stands in the form again once they are back. Never passwords.
"use strict";

(() => {
  const KEY = "draft";
  const NEVER = new Set(["password", "file", "submit", "button"]);
  const fields = (form) => [...form.elements].filter((each) => each.name && each.name !== "_csrf_token" && !NEVER.has(each.type));
  const isLogIn = document.querySelector("[data-log-in]") !== null;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || isLogIn) return;
    sessionStorage.removeItem(KEY);
    if (!("draft" in form.dataset)) return;
    const values = fields(form).map((each) => [each.name, each.type === "checkbox" ? each.checked : each.value]);
    sessionStorage.setItem(KEY, JSON.stringify({ page: location.pathname, action: form.getAttribute("action"), values }));
  });

  const kept = JSON.parse(sessionStorage.getItem(KEY));
  if (!kept) return;
  if (isLogIn) {
    sessionStorage.setItem(KEY, JSON.stringify({ ...kept, isInterrupted: true }));
    return;
  }
  if (!kept.isInterrupted) {
    sessionStorage.removeItem(KEY);
    return;
  }
  const values = new Map(kept.values);
  const form = [...document.forms].find(
    (each) =>
      "draft" in each.dataset &&
      each.getAttribute("action") === kept.action &&
      // Of several alike, the one about the same thing.
      (each.elements.subject?.value ?? "") === (values.get("subject") ?? ""),
  );
  if (!form || location.pathname !== kept.page) return;
  sessionStorage.removeItem(KEY);
  for (const field of fields(form)) {
    if (!values.has(field.name)) continue;
    if (field.type === "checkbox") field.checked = values.get(field.name);
    else field.value = values.get(field.name);
  }
  form.closest("details")?.setAttribute("open", "");
  const note = document.createElement("div");
  note.className = "alert alert-info";
  note.setAttribute("role", "status");
  note.textContent = document.body.dataset.draft;
  form.prepend(note);
  note.scrollIntoView({ block: "center" });
})();
