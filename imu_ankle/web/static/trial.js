// One trial: traces with the events marked, one cursor through all of it.
import { axis } from "./traces.js";

const place = document.getElementById("traces"), marks = JSON.parse(place.dataset.marks);
const data = new Float32Array(await (await fetch(`/trial/${encodeURIComponent(place.dataset.stem)}/rows`)).arrayBuffer());
const count = data.length / 7, column = (c) => Float64Array.from({ length: count }, (_, i) => data[7 * i + c]);
const from = getComputedStyle(document.documentElement), color = (name) => from.getPropertyValue(name).trim();
const lines = [color("--left"), color("--right"), color("--third")], dashes = [[], [8, 4], [3, 3]];
const time = column(0), sync = uPlot.sync("trial");

function shade(plot) {
  const { ctx, bbox } = plot, x = (t) => plot.valToPos(t, "x", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = color("--left");
  ctx.globalAlpha = 0.1;
  for (const [start, end] of marks.spans) ctx.fillRect(x(start), bbox.top, x(end) - x(start), bbox.height);
  for (const [start, end, rejected] of marks.events) {
    ctx.globalAlpha = rejected ? 0.25 : 0.35;
    ctx.fillStyle = rejected ? color("--dim") : marks.counts ? color("--third") : color("--bad");
    const high = 10 * devicePixelRatio;
    ctx.fillRect(x(start), bbox.top, Math.max(2, x(end) - x(start)), rejected ? high / 2 : high);
    if (!rejected) { ctx.globalAlpha = 0.12; ctx.fillRect(x(start), bbox.top, Math.max(2, x(end) - x(start)), bbox.height); }
  }
  ctx.restore();
}

function draw(label, columns, names) {
  const element = document.createElement("div");
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", `${label} over the trial; the events are listed in the table below`);
  place.append(element);
  const plot = new uPlot({
    width: Math.max(280, place.clientWidth), height: 230,
    cursor: { sync: { key: sync.key }, drag: { x: true, y: false } },
    scales: { x: { time: false } },
    axes: [axis("s"), axis(label, { size: 60 })],
    series: [{ label: "s", value: (_, v) => (v == null ? "–" : v.toFixed(2)) }, ...names.map((name, k) => ({ label: name, stroke: lines[k], dash: dashes[k], width: 1.3, points: { show: false }, value: (_, v) => (v == null ? "–" : v.toFixed(1)) }))],
    hooks: { drawClear: [shade], setCursor: [(u) => { if (u.cursor.idx != null) tell(time[u.cursor.idx]); }] },
  }, [time, ...columns.map(column)], element);
  addEventListener("resize", () => plot.setSize({ width: Math.max(280, place.clientWidth), height: 230 }));
  return plot;
}
const plots = [draw("acceleration, m/s²", [1, 2, 3], ["x", "y (dashed)", "z (dotted)"]), draw("turning, deg/s", [4, 5, 6], ["x", "y (dashed)", "z (dotted)"])];

function tell(at) {
  const inside = marks.events.find(([start, end]) => at >= start && at <= end);
  document.getElementById("cursor").textContent = `at ${at.toFixed(2)} s${inside ? `: ${inside[2] || (marks.counts ? "counted" : "event")}` : ""}`;
}
for (const row of document.querySelectorAll("tr[data-at]")) {
  row.querySelector("button").onclick = () => {
    const at = Number(row.dataset.at), plot = plots[0];
    plot.setCursor({ left: plot.valToPos(at, "x"), top: 10 });
    tell(at);
    place.scrollIntoView({ block: "nearest" });
  };
}
document.getElementById("again").onclick = (event) => { location.href = `/?replay=${encodeURIComponent(event.target.dataset.file)}`; };
