"use strict";
// The page of a live card: sliders, a map and pictures of one's own, decoded and encoded by live-network.js.

const card = JSON.parse(document.getElementById("card").textContent);

/** What goes wrong anywhere is said where the page promises to compare itself. */
function failed(event) {
  const check = document.getElementById("check");
  check.textContent = card.words.failed.replace("{reason}", () => (event.error ?? event.reason)?.message ?? event.message ?? "");
  check.className = "check bad";
}
addEventListener("error", failed);
addEventListener("unhandledrejection", failed);

const arrays = unpacked(card.table, document.getElementById("numbers").textContent.trim());
const [encode, decode] = [runner(card.encode, arrays), runner(card.decode, arrays)];
const [channels, height, width] = card.shape;
const units = size(card.code);
const codes = arrays["map codes"], mean = arrays["map mean"].data, parts = arrays["map components"];
const count = codes.shape[0];
const codeOf = (i) => codes.data.slice(i * units, (i + 1) * units);
const at = (id) => document.getElementById(id);
const said = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const FEW = 8, MOST = 200, TILES = 15;

// -- what a code is, and how it is drawn ------------------------------------------------------------------------------

const images = { of: (code) => decode({ shape: [1, ...card.code], data: Float32Array.from(code) }).data };

const written = (value) => value.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−");

function draw(canvas, image) {
  const [pixels, area] = [new ImageData(width, height), width * height];
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = Math.round(255 * Math.min(1, Math.max(0, image[(channels === 3 ? c : 0) * area + i])));
    pixels.data[4 * i + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// -- directions: single units, or principal components of the held-out codes ------------------------------------------

const unitAxis = (k) => ({ name: said(card.words.unit, { number: k }), value: (code) => code[k], set: (code, v) => (code[k] = v) });

function componentAxis(n) {
  const along = parts.data.subarray(n * units, (n + 1) * units);
  const value = (code) => along.reduce((sum, a, k) => sum + a * (code[k] - mean[k]), 0);
  const set = (code, v) => {
    const more = v - value(code);
    along.forEach((a, k) => (code[k] += more * a));
  };
  return { name: said(card.words.component, { number: n + 1 }), value, set };
}

/** With the range that the held-out codes have along it, but for the outermost hundredth, and a little more. */
function ranged(axis) {
  const values = Array.from({ length: count }, (_, i) => axis.value(codeOf(i))).sort((a, b) => a - b);
  const [low, high] = [values[Math.floor(0.01 * count)], values[Math.ceil(0.99 * count) - 1]];
  const middle = values.reduce((sum, v) => sum + v, 0) / count;
  const spread = values.reduce((sum, v) => sum + (v - middle) ** 2, 0) / count;
  const more = Math.max(0.15 * (high - low), 1e-3);
  return { ...axis, low: low - more, high: high + more, spread };
}

const kinds = {
  units: units <= MOST && card.code.length === 1 ? Array.from({ length: units }, (_, k) => ranged(unitAxis(k))).sort((a, b) => b.spread - a.spread) : [],
  components: Array.from({ length: parts.shape[0] }, (_, n) => ranged(componentAxis(n))),
};
let kind = kinds.units.length ? "units" : "components";
const axes = () => kinds[kind];

// -- the code that is shown -------------------------------------------------------------------------------------------

let code = Float32Array.from(mean), waiting = false;

function show(next, whence) {
  code = Float32Array.from(next);
  at("whence").textContent = whence;
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw(at("decoded"), images.of(code));
    for (const slider of document.querySelectorAll("#sliders input")) {
      const value = axes()[slider.dataset.axis].value(code);
      if (slider !== document.activeElement || Math.abs(slider.value - value) > 1e-3) slider.value = value;
      slider.nextElementSibling.textContent = written(value);
    }
    paint();
  });
}

let shownSliders = FEW;

function makeSliders() {
  at("sliders").replaceChildren(...axes().slice(0, shownSliders).map((axis, n) => {
    const row = document.createElement("label");
    const [name, slider, value] = [document.createElement("span"), document.createElement("input"), document.createElement("output")];
    name.textContent = axis.name;
    Object.assign(slider, { type: "range", min: axis.low, max: axis.high, step: (axis.high - axis.low) / 200 });
    slider.dataset.axis = n;
    slider.addEventListener("input", () => {
      const next = code.slice();
      axis.set(next, Number(slider.value));
      show(next, card.words.bySliders);
    });
    row.append(name, slider, value);
    return row;
  }));
  at("more").hidden = axes().length <= shownSliders;
  at("more").textContent = said(card.words.more, { count: axes().length });
}

function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

at("random").addEventListener("click", () => {
  if (card.prior) show(mean.map(normal), card.words.fromPrior);
  else pick(Math.floor(Math.random() * count));
});
at("mean").addEventListener("click", () => show(mean, card.words.theMean));
at("more").addEventListener("click", () => ((shownSliders = Infinity), makeSliders(), show(code, at("whence").textContent)));
const pick = (i) => show(codeOf(i), said(card.words.ofImage, { label: card.labels ? card.names[card.labels[i]] ?? card.labels[i] : i + 1 }));

// -- the map ----------------------------------------------------------------------------------------------------------

const map = at("map"), pen = map.getContext("2d");
const COLOURS = ["#3b82f6", "#f97316", "#22c55e", "#ef4444", "#a855f7", "#a16207", "#ec4899", "#64748b", "#eab308", "#06b6d4"];
const labels = card.labels && new Set(card.labels).size <= COLOURS.length ? card.labels : null; // else colours would mislead
let plane = null, tiles = [], generation = 0;

function lay() {
  const [x, y] = [axes()[at("across").value], axes()[at("up").value]];
  if (!x || !y) return;
  const half = Math.max(x.high - x.low, y.high - y.low) / 2;
  const points = Array.from({ length: count }, (_, i) => codeOf(i)).map((one) => [x.value(one), y.value(one)]);
  plane = { x, y, half, left: (x.low + x.high) / 2 - half, top: (y.low + y.high) / 2 + half, points };
  tiles = [];
  fill(++generation, 0);
  paint();
}

function codeAt(across, down) {
  const found = Float32Array.from(mean);
  plane.x.set(found, plane.left + across * 2 * plane.half);
  if (plane.y !== plane.x) plane.y.set(found, plane.top - down * 2 * plane.half);
  return found;
}

/** Decodes the grid a few images at a time, so that the page stays alive. */
function fill(mine, next) {
  if (mine !== generation || at("what").value === "points") return;
  const until = performance.now() + 12;
  for (; next < TILES * TILES && performance.now() < until; next++) {
    const tile = document.createElement("canvas");
    draw(tile, images.of(codeAt(((next % TILES) + 0.5) / TILES, (Math.floor(next / TILES) + 0.5) / TILES)));
    tiles[next] = tile;
  }
  paint();
  if (next < TILES * TILES) requestAnimationFrame(() => fill(mine, next));
}

const onMap = ([x, y]) => [(x - plane.left) / (2 * plane.half) * map.width, (plane.top - y) / (2 * plane.half) * map.height];

function paint() {
  if (!plane) return;
  const side = Math.round(map.clientWidth * devicePixelRatio);
  if (side && map.width !== side) map.width = map.height = side;
  pen.clearRect(0, 0, map.width, map.height);
  const what = at("what").value, step = map.width / TILES;
  pen.imageSmoothingEnabled = false;
  if (what !== "points") tiles.forEach((tile, i) => pen.drawImage(tile, (i % TILES + 0.03) * step, (Math.floor(i / TILES) + 0.03) * step, 0.94 * step, 0.94 * step));
  if (what !== "images") {
    const radius = Math.max(2.6 * devicePixelRatio, map.width / (count > 300 ? 220 : 110));
    plane.points.forEach((point, i) => {
      const [x, y] = onMap(point);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fillStyle = COLOURS[(labels ? labels[i] : 0) % COLOURS.length];
      pen.fill();
      if (what === "both") (pen.strokeStyle = "#fff"), pen.stroke();
    });
  }
  const [x, y] = onMap([plane.x.value(code), plane.y.value(code)]);
  for (const [colour, wide] of [["#fff", 4], ["#e11d48", 2]]) {
    pen.beginPath();
    pen.arc(x, y, map.width / 60, 0, 7);
    pen.strokeStyle = colour;
    pen.lineWidth = wide * devicePixelRatio;
    pen.stroke();
  }
  pen.lineWidth = 1;
}

function pointed(event) {
  const box = map.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

map.addEventListener("pointermove", (event) => show(codeAt(...pointed(event)), card.words.fromMap));
map.addEventListener("click", (event) => {
  const [across, down] = pointed(event).map((v) => v * map.width);
  const away = plane.points.map(onMap).map(([x, y]) => Math.hypot(x - across, y - down));
  const nearest = away.reduce((best, v, i) => (v < away[best] ? i : best), 0);
  if (at("what").value !== "images" && away[nearest] < 0.025 * map.width) pick(nearest);
  else show(codeAt(across / map.width, down / map.width), card.words.fromMap);
});
map.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!step) return;
  event.preventDefault();
  const [x, y] = onMap([plane.x.value(code), plane.y.value(code)]).map((v, i) => Math.min(1, Math.max(0, v / map.width + step[i] / 40)));
  show(codeAt(x, y), card.words.fromMap);
});

function choices(select, chosen) {
  select.replaceChildren(...axes().map((axis, n) => new Option(axis.name, n, false, n === chosen)));
}

function choose(wanted) {
  kind = wanted;
  makeSliders();
  choices(at("across"), 0);
  choices(at("up"), 1);
  lay();
  show(code, at("whence").textContent);
}

// -- pictures: held-out ones and one's own ----------------------------------------------------------------------------

function look(image, whence) {
  draw(at("given"), image);
  const made = encode({ shape: [1, ...card.shape], data: image }).data;
  draw(at("made"), images.of(made));
  at("pair").hidden = false;
  show(made, whence);
}

/** The middle of a picture, cut to the model's shape and scaled to its size, as numbers between 0 and 1. */
async function read(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(picture.width / width, picture.height / height);
  const canvas = Object.assign(document.createElement("canvas"), { width, height }), brush = canvas.getContext("2d");
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, width, height);
  brush.imageSmoothingQuality = "high";
  const [wide, high] = [width * scale, height * scale];
  brush.drawImage(picture, (picture.width - wide) / 2, (picture.height - high) / 2, wide, high, 0, 0, width, height);
  const seen = brush.getImageData(0, 0, width, height).data, area = width * height, image = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    const [r, g, b] = seen.subarray(4 * i, 4 * i + 3);
    if (channels === 3) [r, g, b].forEach((v, c) => (image[c * area + i] = v / 255));
    else image[i] = (0.299 * r + 0.587 * g + 0.114 * b) / 255;
  }
  return image;
}

/** How bright the outermost pixels of an image are, which is what its motif lies on. */
function ground(image) {
  let [sum, outer] = [0, 0];
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if (x === 0 || y === 0 || x === width - 1 || y === height - 1) (sum += image[(c * height + y) * width + x]), outer++;
  return sum / outer;
}

/** Ink on paper where all held-out images are white on black, or the other way round. */
function isSwapped(image) {
  const [known, its] = [Array.from({ length: samples.shape[0] }, (_, i) => ground(sample(i))), ground(image)];
  return (its > 0.5 && known.every((v) => v < 0.2)) || (its < 0.5 && known.every((v) => v > 0.8));
}

let own = null;
async function take(file) {
  if (!file) return;
  try {
    own = await read(file);
  } catch {
    at("trouble").textContent = said(card.words.unreadable, { name: file.name });
    return;
  }
  at("trouble").textContent = "";
  at("invert").disabled = false;
  at("invert").checked = isSwapped(own);
  lookAtOwn();
}
const lookAtOwn = () => own && (at("invert").checked ? look(own.map((v) => 1 - v), card.words.ofSwapped) : look(own, card.words.ofOwn));

at("file").addEventListener("change", (event) => take(event.target.files[0]));
at("invert").addEventListener("change", lookAtOwn);
addEventListener("dragover", (event) => (event.preventDefault(), document.body.classList.add("over")));
addEventListener("dragleave", () => document.body.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  take(event.dataTransfer.files[0]);
});

const samples = arrays["samples"], numbers = size(card.shape);
const sample = (i) => samples.data.slice(i * numbers, (i + 1) * numbers);
for (let i = 0; i < samples.shape[0]; i++) {
  const [button, canvas] = [document.createElement("button"), document.createElement("canvas")];
  const image = sample(i), name = said(card.words.sample, { number: i + 1 });
  draw(canvas, image);
  button.title = name;
  button.setAttribute("aria-label", name);
  button.append(canvas);
  button.addEventListener("click", () => look(image, name));
  at("samples").append(button);
}

// -- does this page do what torch does? -------------------------------------------------------------------------------

function check() {
  const [wantedCodes, wantedImages] = [arrays["wanted codes"], arrays["wanted images"]];
  const tried = wantedCodes.shape[0];
  let far = 0;
  for (let i = 0; i < tried; i++) {
    const made = encode({ shape: [1, ...card.shape], data: sample(i) }).data;
    const worst = (got, wanted, begin, scale) => got.forEach((v, k) => {
      const away = Math.abs(v - wanted.data[begin + k]) / scale;
      far = away <= far ? far : away; // what is no number stays
    });
    worst(made, wantedCodes, i * units, card.scale);
    worst(images.of(made), wantedImages, i * numbers, 1);
  }
  const fine = far <= card.limit;
  at("check").textContent = said(fine ? card.words.same : card.words.differs, { count: tried, far: far.toExponential(1) });
  at("check").className = fine ? "check fine" : "check bad";
  at("check").dataset.difference = far;
}

// -- begin ------------------------------------------------------------------------------------------------------------

for (const [name, list] of Object.entries(kinds)) if (!list.length) at("kind").querySelector(`[value=${name}]`).remove();
at("kind").parentElement.hidden = at("kind").length < 2;
at("kind").addEventListener("change", () => choose(at("kind").value));
at("across").addEventListener("change", lay);
at("up").addEventListener("change", lay);
at("what").addEventListener("change", () => (paint(), fill(++generation, tiles.length % (TILES * TILES))));
addEventListener("resize", paint);
at("mapping").hidden = Math.max(...Object.values(kinds).map((list) => list.length)) < 2;
if (labels) {
  [...new Set(labels)].sort((a, b) => a - b).forEach((label) => {
    const [entry, dot] = [document.createElement("li"), document.createElement("i")];
    dot.style.background = COLOURS[label % COLOURS.length];
    entry.append(dot, String(card.names[label] ?? label));
    at("legend").append(entry);
  });
}
choose(kind);
pick(0);
check();
document.body.dataset.ready = "yes";
