// Draws the OpenAPI document the page names. Nothing is asked of anybody else: no validator.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");

  // What Swagger UI leaves out: a name for its choices, and a way for a keyboard into what scrolls.
  const mend = () => {
    for (const select of place.querySelectorAll("select:not([aria-label])")) {
      select.setAttribute("aria-label", place.dataset.choice);
    }
    for (const sample of place.querySelectorAll("pre:not([tabindex])")) sample.tabIndex = 0;
  };
  new MutationObserver(mend).observe(place, { childList: true, subtree: true });

  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    validatorUrl: null,
    // The subjects first: a hundred operations at once are slow to draw, and nobody's overview.
    docExpansion: "none",
    // Its colours cannot be read by everybody.
    syntaxHighlight: false,
  });
});
