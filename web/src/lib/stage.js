/**
 * A picture that can be moved and enlarged: by buttons and keys, and by dragging as an addition (WCAG 2.2, 2.5.7).
 */

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.4; // how much one press enlarges
const WIDTH = 960;
const HEIGHT = 640;

/**
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @returns {SVGElement}
 */
export function shape(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export class Stage {
  /** @param {string} label what the picture is, in words */
  constructor(label) {
    this.svg = shape("svg", { class: "graph stage", role: "group", "aria-label": label });
    this.x = 0;
    this.y = 0;
    this.width = WIDTH;
    this.show();
    this.svg.addEventListener("pointerdown", (event) => this.#drag(/** @type {PointerEvent} */ (event)));
  }

  get height() {
    return (this.width * HEIGHT) / WIDTH;
  }

  show() {
    this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${this.width} ${this.height}`);
  }

  /** @param {number} steps enlarge so many times; below zero: the other way */
  zoom(steps) {
    const [middleX, middleY] = [this.x + this.width / 2, this.y + this.height / 2];
    this.width = Math.min(20 * WIDTH, Math.max(WIDTH / 12, this.width / STEP ** steps));
    this.centre(middleX, middleY);
  }

  /** @param {number} right @param {number} down in quarters of what is seen */
  move(right, down) {
    this.x += (right * this.width) / 4;
    this.y += (down * this.height) / 4;
    this.show();
  }

  /** @param {number} x @param {number} y what comes into the middle */
  centre(x, y) {
    this.x = x - this.width / 2;
    this.y = y - this.height / 2;
    this.show();
  }

  /** @param {{x: number, y: number}} spot comes into view, if it is not there */
  reveal({ x, y }) {
    const margin = this.width / 12;
    const seen =
      x > this.x + margin && x < this.x + this.width - margin && y > this.y + margin && y < this.y + this.height - margin;
    if (!seen) this.centre(x, y);
  }

  /** @param {{x: number, y: number}[]} spots all come into view, with room for their labels */
  fit(spots) {
    if (!spots.length) return;
    const xs = spots.map((spot) => spot.x);
    const ys = spots.map((spot) => spot.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.width = Math.max(WIDTH, right - left + 620, ((bottom - top + 80) * WIDTH) / HEIGHT);
    this.centre((left + right) / 2, (top + bottom) / 2);
  }

  /** @param {PointerEvent} start */
  #drag(start) {
    if (start.button || /** @type {Element} */ (start.target).closest("a")) return;
    const scale = this.width / this.svg.getBoundingClientRect().width;
    const [x, y] = [this.x, this.y];
    const moved = (/** @type {PointerEvent} */ event) => {
      this.x = x - (event.clientX - start.clientX) * scale;
      this.y = y - (event.clientY - start.clientY) * scale;
      this.show();
    };
    const ended = () => removeEventListener("pointermove", moved);
    addEventListener("pointermove", moved);
    addEventListener("pointerup", ended, { once: true });
    addEventListener("pointercancel", ended, { once: true });
  }
}
