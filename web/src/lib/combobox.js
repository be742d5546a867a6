/**
 * Suggestions under a field, after the combobox pattern of the ARIA Authoring Practices: arrows choose, Enter takes,
 * Escape closes; the field itself works as without them.
 */

/** @typedef {{label: string, language: string, type: string, page: string, value: string}} Suggestion */

const WAIT = 120; // milliseconds after the last key

/**
 * @param {HTMLInputElement} field
 * @param {(one: Suggestion) => void} take what to do with the one that was chosen
 */
export function suggesting(field, take) {
  const list = document.createElement("ul");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels?.[0]?.textContent ?? "");
  field.after(list);
  field.parentElement?.classList.add("suggesting");
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" }))
    field.setAttribute(name, value);

  /** @type {Suggestion[]} */
  let found = [];
  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  /** @param {number} place */
  function choose(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = list.children[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option?.id ?? "");
  }

  /** @param {Suggestion[]} suggestions */
  function show(suggestions) {
    found = suggestions;
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    choose(-1);
  }

  /** @param {Suggestion} one @param {number} place */
  function option(one, place) {
    const item = document.createElement("li");
    item.id = `${list.id}-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const label = document.createElement("bdi");
    label.textContent = one.label;
    if (one.language) label.lang = one.language;
    const type = document.createElement("span");
    type.textContent = one.type;
    item.append(label, " ", type);
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    item.addEventListener("click", () => done(one));
    return item;
  }

  /** @param {Suggestion} one */
  function done(one) {
    show([]);
    take(one);
  }

  async function ask() {
    asking.abort();
    asking = new AbortController();
    const parameters = new URLSearchParams({ q: field.value, lang: document.documentElement.lang });
    try {
      const answer = await fetch(`/suggest?${parameters}`, { signal: asking.signal });
      show(answer.ok && field.value.trim() ? (await answer.json()).suggestions : []);
    } catch {
      // another question came first, or the network is away: the field works without
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  field.addEventListener("blur", () => show([]));
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) choose((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    else if (event.key === "Enter" && found[active]) done(found[active]);
    else if (event.key === "Escape" && found.length) show([]);
    else return;
    event.preventDefault();
  });
}
