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

const day = (seconds) => new Date(1000 * seconds).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function chart(trends, events) {
  const figure = document.createElement("figure"), caption = document.createElement("figcaption");
  const [first] = trends, words = document.createElement("span");
  caption.textContent = `${first.title}, ${first.how}: ${first.short}`;
  words.textContent = trends.map((trend) => (trend.leg === "both" ? trend.said : `${trend.leg} ${trend.said}`)).join(" · ");
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
  const joined = uPlot.join(trends.map((t) => [t.sessions.map((s) => seconds(s.day)), t.sessions.map((s) => s.value)]));
  const marks = events.map((event) => [seconds(event.day), event.text]);
  const draw = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [k, trend] of trends.entries()) {
      if (!trend.noise_band) continue;
      const [low, high] = trend.noise_band.map((v) => plot.valToPos(v, "y", true));
      ctx.fillStyle = ctx.strokeStyle = look[trend.leg][0];
      ctx.globalAlpha = k ? 0.7 : 0.15;
      // one filled, the other outlined: two fills would mix to a third color
      if (k) { ctx.setLineDash([2, 6]); ctx.strokeRect(bbox.left - 9, high, bbox.width + 18, low - high); } else ctx.fillRect(bbox.left, high, bbox.width, low - high);
    }
    ctx.globalAlpha = 1;
    ctx.strokeStyle = ctx.fillStyle = color("--dim");
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.setLineDash([4, 4]);
    for (const [k, [at, text]] of marks.entries()) {
      const x = plot.valToPos(at, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.textAlign = x > bbox.left + 0.6 * bbox.width ? "right" : "left";
      ctx.fillText(text, ctx.textAlign === "left" ? x + 4 : x - 4, bbox.top + (13 + 15 * (k % 3)) * devicePixelRatio);
    }
    ctx.restore();
  };
  const made = new uPlot({
    width: Math.max(280, drawing.clientWidth), height: 240,
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: true } },
    axes: [axis("", { values: (_, at) => at.map(day) }), axis(first.unit, { size: 60 })],
    series: [{ label: "day", value: (_, v) => (v == null ? "–" : day(v)) }, ...trends.map((t) => ({
      label: { left: "left", right: "right (dashed)", both: "value" }[t.leg], stroke: look[t.leg][0], dash: look[t.leg][1], width: 2, spanGaps: true,
      points: { show: true, size: 7, fill: t.leg === "right" ? color("--paper") : look[t.leg][0] },
      value: (_, v) => (v == null ? "–" : v.toFixed(t.decimals)),
    }))],
    hooks: { drawClear: [draw] },
  }, joined, drawing);
  addEventListener("resize", () => made.setSize({ width: Math.max(280, drawing.clientWidth), height: 240 }));
}
