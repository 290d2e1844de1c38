// Gives a number field with `data-slider` a slider beside it; each follows the other. The field is
// what counts and what a keyboard reaches, so the slider is hidden from assistive technology.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("input[data-slider]")) {
    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "form-range slider";
    slider.min = "0";
    slider.max = field.dataset.slider;
    slider.step = field.dataset.sliderStep;
    slider.tabIndex = -1;
    slider.setAttribute("aria-hidden", "true");
    const follow = () => { slider.value = Number(field.value) || 0; };
    slider.addEventListener("input", () => { field.value = slider.value; });
    field.addEventListener("input", follow);
    follow();
    field.after(slider);
  }
});
