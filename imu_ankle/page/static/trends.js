// Zoomable trends: session values, their rolling band is the person's own noise, events as lines.
import { axis } from "./traces.js";

const place = document.getElementById("charts");
if (place) {
  const data = await (await fetch(`/trends.json?athlete=${encodeURIComponent(place.dataset.athlete)}`)).json();
  place.className = "charts";
  const groups = new Map();
  for (const trend of data.trends) {
    const key = `${trend.exercise} ${trend.key} ${trend.eyes} ${trend.surface} ${trend.placement}`;
    groups.set(key, [...(groups.get(key) ?? []), trend]);
  }
  for (const trends of groups.values()) chart(trends, data.events);
}

function chart(trends, events) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  const [first] = trends, words = document.createElement("span");
  caption.textContent = first.label + (first.unit ? `, ${first.unit}` : "");
  words.textContent = trends.map((trend) => `${trend.how}: ${trend.said}`).join(" · ");
  caption.append(words);
  const drawing = document.createElement("div");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", trends.map((t) => `${t.label}, ${t.how}: ${t.sessions.map((s) => `${s.day} ${s.value.toFixed(t.decimals)}`).join(", ")}`).join("; "));
  figure.append(caption, drawing);
  place.append(figure);
  const from = getComputedStyle(document.documentElement);
  const color = (name) => from.getPropertyValue(name).trim();
  const look = { left: [color("--left"), []], right: [color("--right"), [8, 4]], both: [color("--ink"), []] };
  const seconds = (day) => Date.parse(`${day}T12:00:00Z`) / 1000;
  const joined = uPlot.join(trends.map((t) => [t.sessions.map((s) => seconds(s.day) + s.session.length * 0), t.sessions.map((s) => s.value)]));
  const marks = events.map((event) => [seconds(event.day), event.text]);
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    for (const trend of trends) {
      if (!trend.noise_band) continue;
      const [low, high] = trend.noise_band.map((v) => plot.valToPos(v, "y", true));
      ctx.globalAlpha = 0.15;
      ctx.fillStyle = look[trend.leg][0];
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
    }
    ctx.globalAlpha = 1;
    ctx.strokeStyle = ctx.fillStyle = color("--dim");
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.setLineDash([4, 4]);
    for (const [at, text] of marks) {
      const x = plot.valToPos(at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillText(text, x + 4, bbox.top + 12 * devicePixelRatio);
    }
    ctx.restore();
  };
  const made = new uPlot({
    width: Math.max(280, drawing.clientWidth), height: 240,
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: true } },
    axes: [axis(""), axis("", { size: 60 })],
    series: [{}, ...trends.map((t) => ({
      label: t.leg === "both" ? "value" : t.leg, stroke: look[t.leg][0], dash: look[t.leg][1], width: 2, spanGaps: true,
      points: { show: true, size: 7, fill: t.leg === "right" ? color("--paper") : look[t.leg][0] },
      value: (_, v) => (v == null ? "–" : v.toFixed(t.decimals)),
    }))],
    hooks: { drawClear: [draw] },
  }, joined, drawing);
  addEventListener("resize", () => made.setSize({ width: Math.max(280, drawing.clientWidth), height: 240 }));
}
