// Rolling traces: rings of the newest rows, drawn when the screen is ready and something is new.
const SIZE = 4096, WINDOW_S = 10, LEAST = { rate: 40, force: 4 };
const GRAVITY = 9.80665;

export class Ring {
  constructor(columns) { this.columns = Array.from({ length: columns }, () => new Float32Array(SIZE)); this.clear(); }
  clear() { this.head = 0; this.length = 0; }
  add(values, count) {
    const width = this.columns.length;
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < width; c++) this.columns[c][this.head] = values[i * width + c];
      this.head = (this.head + 1) % SIZE;
      if (this.length < SIZE) this.length++;
    }
  }
  newest(column) { return this.columns[column][(this.head - 1 + SIZE) % SIZE]; }
  tail(seconds) {
    // how many of the newest rows lie within so many seconds
    const end = this.newest(0), time = this.columns[0];
    let n = 0;
    while (n < this.length && end - time[(this.head - 1 - n + SIZE) % SIZE] <= seconds) n++;
    return n;
  }
  last(column, n) {
    const out = new Float32Array(n), from = this.columns[column];
    for (let i = 0, k = (this.head - n + SIZE) % SIZE; i < n; i++, k = (k + 1) % SIZE) out[i] = from[k];
    return out;
  }
}

function styles() {
  const from = getComputedStyle(document.documentElement);
  const read = (name) => from.getPropertyValue(name).trim();
  return { ink: read("--ink"), dim: read("--dim"), line: read("--line"), lines: [read("--left"), read("--right"), read("--third")] };
}

export function axis(label, extra = {}) {
  const { ink, line } = styles();
  return { label, stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, labelSize: 20, font: "13px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif", ...extra };
}

export function plain(element, label, names, height, extra = {}) {
  const { lines } = styles(), dashes = [[], [8, 4], [3, 3]];
  return new uPlot({
    width: Math.max(280, element.clientWidth), height,
    legend: { show: names.length > 1, live: false }, cursor: { show: false, drag: { x: false, y: false } },
    scales: { x: { time: false } },
    axes: [axis("s"), axis(label, { size: 60 })],
    series: [{}, ...names.map((name, k) => ({ label: name, stroke: lines[k], dash: dashes[k], width: 1.6, points: { show: false } }))],
    ...extra,
  }, [[], ...names.map(() => [])], element);
}

// a symmetric range that grows at once and shrinks only when it is far too large
function range(state, least, values) {
  let most = 0;
  for (const each of values) for (const v of each) if (Math.abs(v) > most) most = Math.abs(v);
  const wanted = Math.max(least, most * 1.15);
  if (wanted > state.full || wanted < state.full / 3) state.full = wanted;
  return [-state.full, state.full];
}

export class Traces {
  constructor(rate, force) {
    this.rings = [new Ring(7), new Ring(7)];
    this.state = [{ full: LEAST.rate }, { full: LEAST.force }];
    this.range = [[-LEAST.rate, LEAST.rate], [-LEAST.force, LEAST.force]];
    const scale = (k) => ({ scales: { x: { time: false }, y: { range: () => this.range[k] } } });
    this.elements = [rate, force];
    this.make = () => {
      this.plots?.forEach((plot) => plot.destroy());
      this.plots = [
        plain(rate, "turning, deg/s", ["x", "y (dashed)", "z (dotted)"], 190, scale(0)),
        plain(force, "force off gravity, m/s²", this.rings[1].length ? ["sensor 1", "sensor 2 (dashed)"] : ["sensor"], 190, scale(1)),
      ];
    };
  }
  clear() { this.rings.forEach((ring) => ring.clear()); }
  add(sensor, values, count) { this.rings[sensor].add(values, count); }
  turning() {
    // the RMS rate of the last second, for the meter: for the eye, no score
    const ring = this.rings[0], n = ring.tail(1);
    if (!n) return null;
    let sum = 0;
    for (const c of [4, 5, 6]) for (const v of ring.last(c, n)) sum += v * v;
    return Math.sqrt(sum / n);
  }
  draw() {
    const ring = this.rings[0], n = ring.tail(WINDOW_S);
    if (!n || !this.elements[0].clientWidth) return;
    const sensors = this.rings[1].length ? 2 : 1;
    if (sensors !== this.sensors) { this.sensors = sensors; this.make(); }
    const time = ring.last(0, n), rates = [4, 5, 6].map((c) => ring.last(c, n));
    const force = this.rings.slice(0, sensors).map((each) => {
      const m = Math.min(n, each.length), [x, y, z] = [1, 2, 3].map((c) => each.last(c, m));
      const out = new Array(n).fill(null);
      for (let i = 0; i < m; i++) out[n - m + i] = Math.hypot(x[i], y[i], z[i]) - GRAVITY;
      return out;
    });
    this.range = [range(this.state[0], LEAST.rate, rates), range(this.state[1], LEAST.force, force)];
    this.plots[0].setData([time, ...rates]);
    this.plots[1].setData([time, ...force]);
  }
  resize() { if (this.plots) this.plots.forEach((plot, k) => plot.setSize({ width: Math.max(280, this.elements[k].clientWidth), height: 190 })); }
}
