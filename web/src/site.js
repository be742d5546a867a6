/**
 * What every page gains from JavaScript: suggestions in the search field (a choice leads to its page) and in fields
 * marked `data-suggest` (a choice is put in), and buttons that copy an identifier or a piece of code. Nothing depends
 * on it.
 *
 * A page marks what may be copied by `data-copy="NAME OF THE BUTTON"`, and tells by `data-copied` what to say once it
 * was: both in the language of the page.
 */

import { suggesting } from "./lib/combobox.js";

/** @param {HTMLElement} place what may be copied */
function offer(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = place.dataset.copy ?? "";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.textContent ?? "");
    said.textContent = place.dataset.copied ?? "";
    setTimeout(() => said.replaceChildren(), 4000);
  });
  place.after(button, said);
}

// Only a secure context (https, or one's own machine) has a clipboard.
if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((place) => offer(/** @type {HTMLElement} */ (place)));

const search = /** @type {HTMLInputElement | null} */ (document.getElementById("search"));
if (search) suggesting(search, ({ page }) => location.assign(page));
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-suggest]")))
  suggesting(field, ({ value }) => { field.value = value; });
