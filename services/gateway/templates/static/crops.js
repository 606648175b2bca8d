"use strict";
// A question without a picture says so. One that is too wide for the screen is shown as small as can
// still be read; touched, in its own size.
const SMALLEST = 0.55;
for (const image of document.querySelectorAll("[data-crop]")) {
  const box = image.parentElement;
  const fail = () => { box.hidden = true; box.nextElementSibling.hidden = false; };
  const fit = () => {
    if (!box.clientWidth) return;
    const least = Math.round(image.naturalWidth * SMALLEST);
    image.style.width = box.classList.contains("large") ? `${image.naturalWidth}px` : least > box.clientWidth ? `${least}px` : "";
    box.classList.toggle("can-grow", image.naturalWidth > box.clientWidth);
  };
  if (image.complete && image.naturalWidth === 0 && image.loading !== "lazy") fail();
  else if (image.complete) fit();
  image.addEventListener("load", fit);
  image.addEventListener("error", fail);
  window.addEventListener("resize", fit);
  image.addEventListener("click", event => {
    if (!box.matches(".can-grow, .large")) return;
    const at = event.offsetX / image.clientWidth;
    box.classList.toggle("large");
    fit();
    box.scrollLeft = at * image.clientWidth - box.clientWidth / 2;
  });
}
