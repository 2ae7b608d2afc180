"use strict";
// Runs the graph of a network: steps one after the other on arrays {shape, data}. An operation is what torch calls by
// that name: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html

const size = (shape) => shape.reduce((a, b) => a * b, 1);
const array = (shape, data = new Float32Array(size(shape))) => ({ shape, data });
const isArray = (x) => x !== null && typeof x === "object" && x.data !== undefined;
const asArray = (x) => (isArray(x) ? x : array([], Float32Array.of(Number(x))));
const place = (axis, rank) => (axis < 0 ? axis + rank : axis);
const all = (rank) => Array.from({ length: rank }, (_, i) => i);

/** How far apart neighbours along each axis lie; 0 where an axis of one is read again and again. */
function strides(shape, wanted = shape) {
  const found = new Array(wanted.length).fill(0);
  let step = 1;
  for (let i = shape.length - 1, j = wanted.length - 1; i >= 0; i--, j--) {
    found[j] = shape[i] === 1 ? 0 : step;
    step *= shape[i];
  }
  return found;
}

/** Where each number of `shape` lies, in order, in an array whose axes are so far apart. */
function places(shape, apart, begin = 0) {
  let found = Int32Array.of(begin);
  for (let axis = 0; axis < shape.length; axis++) {
    const next = new Int32Array(found.length * shape[axis]);
    for (let i = 0, at = 0; i < found.length; i++)
      for (let k = 0; k < shape[axis]; k++) next[at++] = found[i] + k * apart[axis];
    found = next;
  }
  return found;
}

function gathered(x, shape, apart, begin = 0) {
  const out = array(shape);
  places(shape, apart, begin).forEach((from, to) => (out.data[to] = x.data[from]));
  return out;
}

const each = (f) => (x, ...more) => array(x.shape, x.data.map((v) => f(v, ...more)));

function pairwise(f) {
  return (first, second, { alpha = 1 } = {}) => {
    const [a, b] = [asArray(first), asArray(second)];
    const rank = Math.max(a.shape.length, b.shape.length);
    const along = (x, axis) => x.shape[axis - rank + x.shape.length] ?? 1;
    const shape = all(rank).map((axis) => (along(a, axis) === 1 ? along(b, axis) : along(a, axis)));
    const [inA, inB] = [a, b].map((x) => places(shape, strides(x.shape, shape)));
    return array(shape, new Float32Array(inA.length).map((_, i) => f(a.data[inA[i]], alpha * b.data[inB[i]])));
  };
}

/** Over some axes: `step` of what was found so far and each number, from `start`; `end` of that and how many. */
function over(start, step, end = (found) => found) {
  return (x, axes, keep = false) => {
    const rank = x.shape.length;
    const gone = new Set((axes == null || axes.length === 0 ? all(rank) : [axes].flat()).map((a) => place(a, rank)));
    const held = x.shape.map((length, axis) => (gone.has(axis) ? 1 : length));
    const out = array(held, new Float32Array(size(held)).fill(start));
    places(x.shape, strides(held, x.shape)).forEach((to, from) => {
      out.data[to] = step(out.data[to], x.data[from]);
    });
    const count = x.data.length / out.data.length;
    out.data.forEach((v, i) => (out.data[i] = end(v, count)));
    return keep ? out : array(held.filter((_, axis) => !gone.has(axis)), out.data);
  };
}

/** The numbers of one axis beside each other: what `f` makes of each row of them becomes the row of the result. */
function alongAxis(x, axis, f) {
  const at = place(axis, x.shape.length);
  const inner = size(x.shape.slice(at + 1)), length = x.shape[at] ?? 1;
  const rows = [];
  for (let outer = 0; outer < x.data.length / inner / length; outer++)
    for (let i = 0; i < inner; i++)
      rows.push(f(Array.from({ length }, (_, k) => x.data[(outer * length + k) * inner + i])));
  return { rows, inner, at };
}

function chosen(better) {
  return (x, axis = null, keep = false) => {
    if (axis === null) x = array([x.data.length], x.data), (axis = 0);
    const { rows, at } = alongAxis(x, axis, (row) => row.reduce((best, v, i) => (better(v, row[best]) ? i : best), 0));
    const shape = keep ? x.shape.map((v, i) => (i === at ? 1 : v)) : x.shape.filter((_, i) => i !== at);
    return array(shape, Float32Array.from(rows));
  };
}

function mm(a, b) {
  const [rows, inner] = a.shape, columns = b.shape[1];
  const out = array([rows, columns]);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const factor = a.data[i * inner + k];
      if (factor === 0) continue;
      for (let j = 0, from = k * columns, to = i * columns; j < columns; j++) out.data[to++] += factor * b.data[from++];
    }
  return out;
}

const pair = (value) => (value.length === 1 ? [value[0], value[0]] : value);

/** Taps [from, to) of an axis for which `at * step + tap * wide - pad` lies inside; `at` then counts up. */
function convolution(x, w, bias, stride, padding, dilation, transposed, extra, groups) {
  const [sy, sx] = pair(stride), [py, px] = pair(padding), [dy, dx] = pair(dilation), [ey, ex] = pair(extra);
  const [count, inside, height, width] = x.shape, [first, second, kh, kw] = w.shape;
  const outside = transposed ? second * groups : first;
  const H = transposed ? (height - 1) * sy - 2 * py + dy * (kh - 1) + ey + 1 : Math.floor((height + 2 * py - dy * (kh - 1) - 1) / sy) + 1;
  const W = transposed ? (width - 1) * sx - 2 * px + dx * (kw - 1) + ex + 1 : Math.floor((width + 2 * px - dx * (kw - 1) - 1) / sx) + 1;
  const out = array([count, outside, H, W]);
  // Either way a small side is scanned, and the large side is read or written at `small * stride + tap - padding`.
  const [smallH, smallW, largeH, largeW] = transposed ? [height, width, H, W] : [H, W, height, width];
  for (let n = 0; n < count; n++)
    for (let o = 0; o < outside; o++) {
      const to = (n * outside + o) * H * W, group = Math.floor(o / (outside / groups));
      if (bias) out.data.fill(bias.data[o], to, to + H * W);
      for (let c = 0; c < inside / groups; c++) {
        const source = group * (inside / groups) + c, from = (n * inside + source) * height * width;
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const tap = transposed
              ? w.data[((source * second + (o % second)) * kh + ky) * kw + kx]
              : w.data[((o * second + c) * kh + ky) * kw + kx];
            if (tap === 0) continue;
            const left = Math.max(0, Math.ceil((px - kx * dx) / sx));
            const right = Math.min(smallW, Math.floor((largeW - 1 + px - kx * dx) / sx) + 1);
            for (let y = 0; y < smallH; y++) {
              const row = y * sy + ky * dy - py;
              if (row < 0 || row >= largeH) continue;
              let large = row * largeW + left * sx + kx * dx - px, small = y * smallW + left;
              if (transposed) for (let i = left; i < right; i++, large += sx) out.data[to + large] += tap * x.data[from + small++];
              else for (let i = left; i < right; i++, large += sx) out.data[to + small++] += tap * x.data[from + large];
            }
          }
      }
    }
  return out;
}

/** Places of one axis, the others whole: `wanted` names an axis each, and null where it is whole. */
function index(x, wanted) {
  const at = wanted.findIndex((one) => one !== null), rows = wanted[at];
  const before = x.shape.slice(0, at), after = x.shape.slice(at + 1), inner = size(after);
  const length = x.shape[at], many = rows.data.length;
  const out = array([...before, ...rows.shape, ...after]);
  for (let outer = 0; outer < size(before); outer++)
    rows.data.forEach((row, i) => {
      const from = (outer * length + (row < 0 ? row + length : row)) * inner;
      out.data.set(x.data.subarray(from, from + inner), (outer * many + i) * inner);
    });
  return out;
}

function topk(x, k, axis = -1, largest = true) {
  const sign = largest ? 1 : -1;
  const best = (row) => all(row.length).sort((a, b) => sign * (row[b] - row[a]) || a - b).slice(0, k);
  const { rows, inner, at } = alongAxis(x, axis, (row) => best(row).map((i) => [row[i], i]));
  const made = [0, 1].map(() => array(x.shape.map((v, i) => (i === at ? k : v))));
  rows.forEach((row, r) =>
    row.forEach((both, j) => both.forEach((v, which) => (made[which].data[(Math.floor(r / inner) * k + j) * inner + (r % inner)] = v))));
  return made;
}

function scatter(x, axis, where, values) {
  const at = place(axis, x.shape.length), apart = strides(x.shape);
  if (x.shape[at] === 1) return values;
  const out = array(x.shape, x.data.slice());
  const base = places(where.shape, apart.map((v, i) => (i === at ? 0 : v)));
  const from = isArray(values) ? places(where.shape, strides(values.shape)) : null;
  base.forEach((to, i) => (out.data[to + where.data[i] * apart[at]] = from ? values.data[from[i]] : values));
  return out;
}

function slice(x, axis = 0, begin = 0, end = Infinity, step = 1) {
  const at = place(axis, x.shape.length), length = x.shape[at];
  const inside = (v) => Math.max(0, Math.min(length, v < 0 ? v + length : v));
  const [low, high] = [inside(begin ?? 0), inside(end ?? Infinity)];
  const apart = strides(x.shape);
  const shape = x.shape.map((v, i) => (i === at ? Math.max(0, Math.ceil((high - low) / step)) : v));
  return gathered(x, shape, apart.map((v, i) => (i === at ? v * step : v)), low * apart[at]);
}

function cat(arrays, axis = 0) {
  const at = place(axis, arrays[0].shape.length), inner = size(arrays[0].shape.slice(at + 1));
  const total = arrays.reduce((sum, one) => sum + one.shape[at], 0);
  const out = array(arrays[0].shape.map((v, i) => (i === at ? total : v)));
  let begin = 0;
  for (const one of arrays) {
    const block = one.shape[at] * inner;
    for (let o = 0; o < one.data.length / block; o++) out.data.set(one.data.subarray(o * block, (o + 1) * block), o * total * inner + begin);
    begin += block;
  }
  return out;
}

function view(x, shape) {
  const known = shape.reduce((a, b) => (b < 0 ? a : a * b), 1);
  return array(shape.map((v) => (v < 0 ? x.data.length / known : v)), x.data);
}

const permute = (x, order) => {
  const apart = strides(x.shape);
  const from = order.map((axis) => place(axis, x.shape.length));
  return gathered(x, from.map((axis) => x.shape[axis]), from.map((axis) => apart[axis]));
};

const expand = (x, shape) => {
  const whole = shape.map((v, i) => (v < 0 ? x.shape[i - shape.length + x.shape.length] : v));
  return gathered(x, whole, strides(x.shape, whole));
};

const unsqueeze = (x, axis) => {
  const shape = x.shape.slice();
  shape.splice(place(axis, shape.length + 1), 0, 1);
  return array(shape, x.data);
};

const squeeze = (x, axes) => {
  const gone = new Set([axes].flat().map((axis) => place(axis, x.shape.length)));
  return array(x.shape.filter((v, axis) => v !== 1 || !gone.has(axis)), x.data);
};

const OPERATIONS = {
  "aten.view.default": view,
  "aten.reshape.default": view,
  "aten.permute.default": permute,
  "aten.expand.default": expand,
  "aten.unsqueeze.default": unsqueeze,
  "aten.squeeze.dim": squeeze,
  "aten.squeeze.dims": squeeze,
  "aten.slice.Tensor": slice,
  "aten.select.int": (x, axis, at) => squeeze(slice(x, axis, at, at === -1 ? Infinity : at + 1), axis),
  "aten.cat.default": cat,
  "aten.clone.default": (x) => x,
  "aten.alias.default": (x) => x,
  "aten._to_copy.default": (x) => x,
  "aten._assert_tensor_metadata.default": () => null,
  "getitem": (list, at) => list[at],
  "aten.addmm.default": (c, a, b, { beta = 1, alpha = 1 } = {}) => OPERATIONS["aten.add.Tensor"](each((v) => beta * v)(c), mm(a, b), { alpha }),
  "aten.mm.default": mm,
  "aten.convolution.default": convolution,
  "aten.index.Tensor": index,
  "aten.embedding.default": (x, rows) => index(x, [rows]),
  "aten.topk.default": topk,
  "aten.scatter.src": scatter,
  "aten.scatter.value": scatter,
  "aten.argmin.default": chosen((a, b) => a < b),
  "aten.argmax.default": chosen((a, b) => a > b),
  "aten.sum.dim_IntList": over(0, (a, b) => a + b),
  "aten.mean.dim": over(0, (a, b) => a + b, (sum, count) => sum / count),
  "aten.amax.default": over(-Infinity, Math.max),
  "aten.amin.default": over(Infinity, Math.min),
  "aten.full_like.default": (x, value) => array(x.shape, new Float32Array(x.data.length).fill(value)),
  "aten.full.default": (shape, value) => array(shape, new Float32Array(size(shape)).fill(value)),
  "aten.arange.start_step": (begin, end, step = 1) => {
    const count = Math.ceil((end - begin) / step);
    return array([count], new Float32Array(count).map((_, i) => begin + i * step));
  },
  "aten.add.Tensor": pairwise((a, b) => a + b),
  "aten.sub.Tensor": pairwise((a, b) => a - b),
  "aten.mul.Tensor": pairwise((a, b) => a * b),
  "aten.div.Tensor": pairwise((a, b) => a / b),
  "aten.maximum.default": pairwise(Math.max),
  "aten.minimum.default": pairwise(Math.min),
  "aten.eq.Tensor": pairwise((a, b) => Number(a === b)),
  "aten.eq.Scalar": pairwise((a, b) => Number(a === b)),
  "aten.gt.Tensor": pairwise((a, b) => Number(a > b)),
  "aten.gt.Scalar": pairwise((a, b) => Number(a > b)),
  "aten.lt.Tensor": pairwise((a, b) => Number(a < b)),
  "aten.lt.Scalar": pairwise((a, b) => Number(a < b)),
  "aten.pow.Tensor_Scalar": each(Math.pow),
  "aten.where.self": (which, a, b) => {
    const same = pairwise((x, y) => x * 0 + y);
    const [yes, no] = [same(which, a), same(which, b)];
    const condition = pairwise((x) => x)(which, yes);
    return array(yes.shape, yes.data.map((v, i) => (condition.data[i] ? v : no.data[i])));
  },
  "aten.relu.default": each((v) => Math.max(0, v)),
  "aten.leaky_relu.default": each((v, slope = 0.01) => (v > 0 ? v : slope * v)),
  "aten.elu.default": each((v, alpha = 1, scale = 1, inner = 1) => scale * (v > 0 ? v : alpha * Math.expm1(v * inner))),
  "aten.softplus.default": each((v, beta = 1, threshold = 20) => (v * beta > threshold ? v : Math.log1p(Math.exp(v * beta)) / beta)),
  "aten.sigmoid.default": each((v) => 1 / (1 + Math.exp(-v))),
  "aten.tanh.default": each(Math.tanh),
  "aten.clamp.default": each((v, low, high) => Math.min(high ?? Infinity, Math.max(low ?? -Infinity, v))),
  "aten.hardtanh.default": each((v, low = -1, high = 1) => Math.min(high, Math.max(low, v))),
  "aten.exp.default": each(Math.exp),
  "aten.expm1.default": each(Math.expm1),
  "aten.log.default": each(Math.log),
  "aten.log1p.default": each(Math.log1p),
  "aten.sqrt.default": each(Math.sqrt),
  "aten.rsqrt.default": each((v) => 1 / Math.sqrt(v)),
  "aten.reciprocal.default": each((v) => 1 / v),
  "aten.neg.default": each((v) => -v),
  "aten.abs.default": each(Math.abs),
  "aten.floor.default": each(Math.floor),
  "aten.round.default": each((v) => (Math.abs(v % 1) === 0.5 ? 2 * Math.round(v / 2) : Math.round(v))),
};

/** A number of 16 bits as it is meant, IEEE 754 binary16. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Arrays by name from one base64 text and its table {name: [kind, begin, shape]}. */
function unpacked(table, base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const seen = new DataView(bytes.buffer), found = {};
  const readers = {
    f2: [2, (at) => half(seen.getUint16(at, true))],
    f4: [4, (at) => seen.getFloat32(at, true)],
    u1: [1, (at) => seen.getUint8(at) / 255],
  };
  for (const [name, [kind, begin, shape]] of Object.entries(table)) {
    const [wide, read] = readers[kind], out = array(shape);
    for (let i = 0; i < out.data.length; i++) out.data[i] = read(begin + i * wide);
    found[name] = out;
  }
  return found;
}

/** The graph as a function from one array to one array. What depends on weights alone is computed now, and once. */
function runner({ steps, output }, arrays) {
  const known = [], later = [];
  const fixed = (x) => (Array.isArray(x) ? x.every(fixed) : x === null || typeof x !== "object" || x.step === undefined || known[x.step] !== undefined);
  const meant = (x, values) => (Array.isArray(x) ? x.map((one) => meant(one, values)) : x === null || typeof x !== "object" ? x : x.step !== undefined ? values[x.step] : x);
  const taken = ({ op, args }, values) => OPERATIONS[op](...args.map((one) => meant(one, values)));
  steps.forEach((step, at) => {
    if (step.op === "weight") known[at] = arrays[step.name];
    else if (step.op !== "input" && fixed(step.args)) known[at] = taken(step, known);
    else later.push(at);
  });
  return (given) => {
    const values = known.slice();
    for (const at of later) values[at] = steps[at].op === "input" ? given : taken(steps[at], values);
    return values[output];
  };
}

if (typeof module !== "undefined") module.exports = { unpacked, runner, OPERATIONS };
