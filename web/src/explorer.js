/**
 * The network explorer: the drawing of the server becomes one that can be moved, enlarged, filtered and extended.
 *
 * Marks stay links to pages, of which one at a time is in the order of Tab; arrow keys go to the neighbour that lies in
 * their direction. All words and outlines come from the page (`data-…` of #explorer), all data from the address of the
 * page as JSON. Without this script, and should it fail, the page has the drawing of the server and the tables.
 */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { Stage, shape } from "./lib/stage.js";

/**
 * @typedef {{id: string, label: string, language: string, kind: string, page: string, around: string, x: number, y: number, index?: number}} Thing
 * @typedef {{source: string, target: string, label: string}} Told
 * @typedef {{source: Thing, target: Thing, label: string}} Link
 * @typedef {{centre: string, nodes: Thing[], links: Told[]}} Answer
 * @typedef {{one: string, many: string, mark: string}} Kind
 */

const MOST = 300; // things, as many as the server draws
const NAMED = 60; // things that all have their name beside them
const LABEL = 240; // about as wide as a name is,
const LINE = 17; // and as high
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Explorer {
  /** @param {HTMLElement} place @param {Answer} answer */
  constructor(place, answer) {
    this.words = place.dataset;
    this.kinds = /** @type {Record<string, Kind>} */ (JSON.parse(place.dataset.kinds ?? "{}"));
    this.place = place;
    this.hidden = new Set();
    /** @type {Map<string, Thing>} */
    this.things = new Map();
    /** @type {Map<string, Link>} */
    this.links = new Map();
    /** @type {Map<string, SVGElement>} */
    this.marks = new Map();
    this.start = this.current = answer.centre;
    this.stage = new Stage(place.querySelector("svg")?.getAttribute("aria-label") ?? "");
    this.lines = this.stage.svg.appendChild(shape("path", { class: "edges" }));
    this.status = document.createElement("p");
    this.status.setAttribute("role", "status");
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.simulation = forceSimulation(/** @type {Thing[]} */ ([]))
      .force("charge", forceManyBody().strength(-500).distanceMax(700))
      .force("collide", forceCollide(24))
      .force("lines", () => this.part())
      .force("x", forceX(0).strength(0.05))
      .force("y", forceY(0).strength(0.08))
      .on("tick", () => this.draw())
      .stop();
    this.add(answer);
    this.mount();
  }

  /** Puts the picture in the place of the server's, with its buttons. */
  mount() {
    const figure = /** @type {HTMLElement} */ (this.place.querySelector("figure .scroll"));
    figure.classList.remove("wide");
    figure.removeAttribute("tabindex");
    figure.replaceChildren(this.stage.svg);
    const help = document.createElement("p");
    help.className = "note";
    help.textContent = this.words.help ?? "";
    this.place.prepend(this.tools(), help, this.status);
    // On the box around: a browser lets an <svg> that listens to these have the focus itself.
    figure.addEventListener("keydown", (event) => this.key(event));
    figure.addEventListener("focusin", (event) => this.entered(/** @type {Element} */ (event.target)));
  }

  tools() {
    const bar = document.createElement("div");
    bar.className = "tools";
    const w = this.words;
    /** @type {[string | undefined, string, () => void][]} */
    const buttons = [
      [w.closer, "+", () => this.stage.zoom(1)],
      [w.further, "−", () => this.stage.zoom(-1)],
      [w.left, "←", () => this.stage.move(-1, 0)],
      [w.right, "→", () => this.stage.move(1, 0)],
      [w.up, "↑", () => this.stage.move(0, -1)],
      [w.down, "↓", () => this.stage.move(0, 1)],
      [w.whole, w.whole ?? "", () => this.stage.fit(this.shown())],
      [w.expand, w.expand ?? "", () => this.expand(this.current)],
    ];
    for (const [name, face, act] of buttons) {
      const button = bar.appendChild(document.createElement("button"));
      button.type = "button";
      button.textContent = face;
      button.title = button.ariaLabel = name ?? face;
      button.addEventListener("click", act);
    }
    for (const [slug, kind] of Object.entries(this.kinds)) bar.append(this.filter(slug, kind));
    return bar;
  }

  /** @param {string} slug @param {Kind} kind */
  filter(slug, kind) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = true;
    box.addEventListener("change", () => {
      if (box.checked) this.hidden.delete(slug);
      else this.hidden.add(slug);
      this.arrange();
    });
    label.append(box, ` ${kind.many}`);
    return label;
  }

  /** Takes in the things and links that are new. @param {Answer} answer @returns {[number, number]} how many were */
  add(answer) {
    const before = [this.things.size, this.links.size];
    const from = this.things.get(answer.centre) ?? { x: 0, y: 0 };
    for (const thing of answer.nodes) {
      if (this.things.has(thing.id) || this.things.size >= MOST) continue;
      const turn = this.things.size * 2.4; // a spiral: the same each time
      thing.x = from.x + Math.cos(turn) * (40 + 4 * this.things.size);
      thing.y = from.y + Math.sin(turn) * (40 + 4 * this.things.size);
      this.things.set(thing.id, thing);
    }
    for (const { source, target, label } of answer.links) {
      const [a, b] = [this.things.get(source), this.things.get(target)];
      if (a && b) this.links.set(`${source} ${target} ${label}`, { source: a, target: b, label });
    }
    this.arrange();
    return [this.things.size - (before[0] ?? 0), this.links.size - (before[1] ?? 0)];
  }

  shown() {
    return [...this.things.values()].filter((thing) => !this.hidden.has(thing.kind) || thing.id === this.current);
  }

  visible() {
    const seen = new Set(this.shown());
    return [...this.links.values()].filter((link) => seen.has(link.source) && seen.has(link.target));
  }

  /** Sets out all that is shown anew: at once for those who want no motion. */
  arrange() {
    const things = this.shown();
    this.simulation.nodes(things).force("link", forceLink(this.visible()).distance(170)).alpha(1);
    for (const [id, mark] of this.marks) {
      if (things.some((thing) => thing.id === id)) continue;
      mark.remove();
      this.marks.delete(id);
    }
    for (const thing of things) if (!this.marks.has(thing.id)) this.marks.set(thing.id, this.mark(thing));
    this.name();
    this.simulation.stop().tick(this.still ? 300 : 200);
    this.draw();
    this.stage.fit(things);
    if (!this.still) this.simulation.restart();
  }

  /** @param {Thing} thing */
  mark(thing) {
    const link = shape("a", { href: thing.page, class: `k-${thing.kind}`, tabindex: "-1", "data-id": thing.id });
    link.append(shape("path", { d: this.kinds[thing.kind]?.mark ?? "" }), shape("circle", { r: "12", class: "target" }));
    const text = shape("text", { x: "13", y: "4.5" });
    if (thing.language) text.setAttribute("lang", thing.language);
    text.textContent = short(thing.label);
    link.append(text);
    return this.stage.svg.appendChild(link);
  }

  /** Tells each mark's name, which one Tab leads to, and whose names are written out. */
  name() {
    const near = new Set(this.neighbours(this.current));
    const few = this.marks.size <= NAMED;
    for (const [id, mark] of this.marks) {
      const thing = /** @type {Thing} */ (this.things.get(id));
      const told = (this.words.neighbours ?? "")
        .replace("{thing}", thing.label)
        .replace("{kind}", this.kinds[thing.kind]?.one ?? "")
        .replace("{n}", String(this.neighbours(id).length));
      mark.setAttribute("aria-label", told);
      mark.setAttribute("tabindex", id === this.current ? "0" : "-1");
      mark.classList.toggle("centre", id === this.current);
      mark.classList.toggle("nameless", !few && id !== this.current && !near.has(thing));
    }
  }

  /** @param {string} id @returns {Thing[]} */
  neighbours(id) {
    const found = this.visible().flatMap(({ source, target }) =>
      source.id === id ? [target] : target.id === id ? [source] : [],
    );
    return [...new Set(found)];
  }

  /** Moves apart what has its name on the same line. */
  part() {
    const things = this.simulation.nodes();
    things.forEach((a, i) => {
      for (const b of things.slice(i + 1)) {
        const [x, y] = [Math.abs(a.x - b.x), b.y - a.y];
        if (x > LABEL || Math.abs(y) >= LINE) continue;
        const push = ((LINE - Math.abs(y)) / 4) * (y < 0 ? -1 : 1);
        a.y -= push;
        b.y += push;
      }
    });
  }

  draw() {
    const middle = this.things.get(this.start)?.x ?? 0;
    const lines = this.visible().map(({ source: a, target: b }) => `M${a.x} ${a.y}L${b.x} ${b.y}`);
    this.lines.setAttribute("d", lines.join(""));
    for (const [id, mark] of this.marks) {
      const { x, y } = /** @type {Thing} */ (this.things.get(id));
      mark.lastElementChild?.setAttribute("class", x < middle - 1 ? "end" : "");
      mark.lastElementChild?.setAttribute("x", x < middle - 1 ? "-13" : "13");
      mark.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }

  /** @param {Element} target what has the focus now */
  entered(target) {
    const id = target.closest("a")?.getAttribute("data-id");
    if (!id) return;
    this.current = id;
    this.name();
    this.stage.reveal(/** @type {Thing} */ (this.things.get(id)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[/** @type {keyof typeof ARROWS} */ (event.key)];
    if (direction) this.go(direction);
    else if (event.key === "+" || event.key === "=") this.stage.zoom(1);
    else if (event.key === "-") this.stage.zoom(-1);
    else if (event.key === "e" || event.key === "E") this.expand(this.current);
    else return;
    event.preventDefault();
  }

  /** To the neighbour that lies in a direction best; where none does, to any thing that does. @param {number[]} direction */
  go([right = 0, down = 0]) {
    const here = /** @type {Thing} */ (this.things.get(this.current));
    const ahead = (/** @type {Thing} */ to) => {
      const [x, y] = [to.x - here.x, to.y - here.y];
      return (x * right + y * down) / (Math.hypot(x, y) || 1);
    };
    const near = this.neighbours(here.id).filter((thing) => ahead(thing) > 0.4);
    const others = this.shown().filter((thing) => thing !== here && ahead(thing) > 0.4);
    const far = (/** @type {Thing} */ to) => Math.hypot(to.x - here.x, to.y - here.y) / ahead(to);
    const next = (near.length ? near : others).sort((a, b) => far(a) - far(b))[0];
    if (next) this.marks.get(next.id)?.focus();
  }

  /** Adds the neighbours of a thing. @param {string} id */
  async expand(id) {
    const thing = /** @type {Thing} */ (this.things.get(id));
    try {
      const [things, links] = this.add(await read(thing.around));
      const full = this.things.size >= MOST ? ` ${this.words.full}` : "";
      this.status.textContent = (this.words.added ?? "")
        .replace("{n}", String(things))
        .replace("{m}", String(links))
        .replace("{thing}", thing.label)
        .concat(full);
    } catch {
      this.status.textContent = this.words.failed ?? "";
    }
  }
}

/** @param {string} address @returns {Promise<Answer>} */
async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const place = document.getElementById("explorer");
if (place?.dataset.address) read(place.dataset.address).then((answer) => new Explorer(place, answer)).catch(() => undefined);

/**
 * A name that fits a drawing: whole words, so that it can be spoken as it is seen (WCAG 2.5.3).
 * @param {string} label
 */
function short(label) {
  if (label.length <= 40) return label;
  let kept = "";
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(label)) {
    if (kept.length + segment.length > 38) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
