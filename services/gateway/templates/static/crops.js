"use strict";
// A question without a picture says so.
for (const image of document.querySelectorAll("[data-crop]")) {
  const fail = () => { image.parentElement.hidden = true; image.parentElement.nextElementSibling.hidden = false; };
  if (image.complete && image.naturalWidth === 0 && image.loading !== "lazy") fail();
  image.addEventListener("error", fail);
}
