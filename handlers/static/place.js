/* Where the phone is, if its owner says so by a press. Without it a visit is noted all the same. */
"use strict";

const field = document.querySelector("[data-place]");
const said = document.querySelector("[data-said]");
const where = document.querySelector("[data-where]");
if (field && "geolocation" in navigator) {
  field.hidden = false;
  where.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      document.querySelector("[data-latitude]").value = coords.latitude.toFixed(6);
      document.querySelector("[data-longitude]").value = coords.longitude.toFixed(6);
      said.textContent = where.dataset.done;
    },
    () => { said.textContent = where.dataset.failed; },
    { enableHighAccuracy: true, timeout: 10_000 },
  ));
}
