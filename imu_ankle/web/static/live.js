// The live page: shows the state that the server sends, whole and newest, and sends wishes.
import { Traces } from "./traces.js";
import { flash, say, tone, wake } from "./cues.js";

const $ = (id) => document.getElementById(id);
const traces = new Traces($("rate"), $("force"));
// counters for tests and the benchmark
window.M = { frames: 0, rows: 0, draws: 0, latency_ms: [], states: 0, closed: 0 };
let refusal = "", socket = null, state = { phase: "idle", said: [] }, dirty = false, newest_ms = 0, patience = 250;

function connect() {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { patience = 250; trouble(state); };
  socket.onmessage = ({ data }) => (typeof data === "string" ? told(JSON.parse(data)) : rows(data));
  socket.onclose = () => {
    M.closed++;
    show($("trouble"), "This page has lost the program. What is recorded goes on and is kept. It is looked for again; if it was ended, start imu-ankle live anew.");
    setTimeout(connect, patience);
    patience = Math.min(2 * patience, 5000);
  };
}
// wished while it still connects, it is sent once connected; while the program is lost, the page says so
const wish = (what, more = {}) => {
  const to = socket, send = () => to.send(JSON.stringify({ do: what, ...more }));
  if (to.readyState === WebSocket.OPEN) send();
  else if (to.readyState === WebSocket.CONNECTING) to.addEventListener("open", send, { once: true });
};

function rows(data) {
  const view = new DataView(data), sensor = view.getUint8(1), count = view.getUint32(4, true);
  newest_ms = view.getFloat64(8, true);
  traces.add(sensor, new Float32Array(data, 16), count);
  M.frames++; M.rows += count;
  dirty = true;
}

function told(message) {
  if (message.type === "refused") {
    refusal = message.why;
    setTimeout(() => { refusal = ""; trouble(state); }, 8000);
    trouble(state);
    return;
  }
  M.states++;
  const before = state;
  state = message;
  if (state.phase === "set" && before.phase !== "set") { traces.clear(); scrollTo(0, 0); }
  announce(before, state);
  render();
}

const show = (element, text) => { element.textContent = text ?? ""; element.hidden = !text; };
const fill = (element, tag, texts) => element.replaceChildren(...texts.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
const links = (s) => s.view?.links ?? [];
function trouble(s) {
  const told = links(s).map((link) => link.trouble).filter(Boolean).map((text) => `${text}. Move the computer nearer to the foot; recording goes on by itself.`);
  show($("trouble"), [refusal, s.error, ...told].filter(Boolean).join("\n"));
}

function announce(before, now) {
  const was = before.view ?? {}, is = now.view ?? {};
  if (is.countdown && is.countdown !== was.countdown) { tone(660); flash(String(is.countdown)); say(String(is.countdown)); }
  if (was.countdown && is.title && !is.countdown) { tone(990, 0.35); flash("▶"); say("go"); }
  const done = is.counts ? Math.floor(is.done ?? 0) : 0, had = was.counts ? Math.floor(was.done ?? 0) : 0;
  if (done > had) { tone(880); if (done % 5 === 0 || done >= is.target) { say(String(done)); flash(String(done)); } }
  if (is.message?.startsWith("enough") && !was.message?.startsWith("enough")) { tone(520, 0.5); flash("■"); say("enough, stand still"); }
  const lost = links(now).some((link) => link.trouble), had_lost = links(before).some((link) => link.trouble);
  if (lost && !had_lost) { tone(220, 0.6); flash("✕", true); say("the sensor is lost"); }
  if (!lost && had_lost && now.view) { tone(700, 0.3); say("the sensor is back"); }
  if (now.verdict && !before.verdict) { tone(780, 0.4); say(now.verdict.map((each) => each.headline).join(". ")); }
  if (now.question && now.question.number !== before.question?.number) say(now.question.text);
}

function render() {
  const { phase, step, view, question, verdict } = state, running = phase !== "idle" && phase !== "done";
  document.body.dataset.phase = phase;
  $("setup").hidden = running;
  $("stage").hidden = phase === "idle";
  $("end").hidden = !running;
  $("title").textContent = view?.title ?? (step ? `${step.title}${step.leg === "both" ? "" : `, ${step.leg} leg`}` : "Train");
  trouble(state);
  $("card").hidden = !step || phase === "set" || !!verdict;
  if (step) {
    if (!$("picture").src.endsWith(`${step.exercise}.svg`)) $("picture").src = `/static/exercises/${step.exercise}.svg`;
    $("stage-title").textContent = [step.place, step.dose, step.trial, step.variant].filter(Boolean).join(" · ");
    $("howto").textContent = step.how_to;
    fill($("cues"), "li", step.cues);
    $("safety").textContent = step.safety.join(" ");
    $("unseen").textContent = step.unseen.length ? `Not seen by the sensor: ${step.unseen.join("; ")}.` : "";
  }
  $("now").hidden = phase !== "set";
  if (phase === "set") {
    const value = view?.countdown ?? (view?.done == null ? "–" : view.counts ? String(Math.floor(view.done)) : view.done.toFixed(1));
    $("number").textContent = value;
    $("number").classList.toggle("long", String(value).length > 2);
    $("unit").textContent = view?.target ? `of ${view.target} ${view.unit}` : "";
    $("share").style.transform = `scaleX(${Math.min(1, view?.share ?? 0)})`;
    $("message").textContent = view?.message ?? "looking for the sensor";
    $("metrics").textContent = (view?.metrics ?? []).map(([name, text]) => `${name} ${text}`).join(" · ");
    fill($("links"), "li", links(state).map((link) => link.summary));
    $("pause").hidden = !view?.title?.includes("replay");
  }
  ask(question);
  judge(verdict);
  fill($("said"), "li", state.said.slice(-5).reverse());
}

// hands-free: whoever is three metres away presses nothing; a touch of any key stops the clock
const ALONE_S = 15;
let alone = null;
function goOnAlone(question, step) {
  clearInterval(alone);
  if (!$("alone").checked) return;
  let left = /^Ready/.test(question.text) && step?.rest_s ? step.rest_s : ALONE_S;
  const clock = document.createElement("span");
  $("answers").append(clock);
  const tick = () => {
    clock.textContent = `goes on by itself in ${left} s`;
    if (left === 5) say("it goes on in 5 seconds");
    if (left-- <= 0) { clearInterval(alone); wish("answer", { number: question.number, text: "" }); }
  };
  tick();
  alone = setInterval(tick, 1000);
}
document.addEventListener("keydown", () => clearInterval(alone));

let shown = 0, submit = () => {};
function ask(question) {
  const { step } = state;
  $("question").hidden = !question;
  if (!question) clearInterval(alone);
  if (!question || question.number === shown) return;
  shown = question.number;
  $("asked").textContent = question.text;
  const reply = (text) => { wake(); wish("answer", { number: question.number, text }); };
  const button = (text, key, answer, kind = "") => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: kind });
    made.append(text, Object.assign(document.createElement("kbd"), { textContent: key }));
    made.onclick = () => reply(answer());
    return made;
  };
  const parts = [];
  if (question.kind === "choice") {
    for (const [letter, text] of Object.entries(question.answers)) parts.push(button(text.replace(/^./, (c) => c.toUpperCase()), letter || "Enter", () => letter, letter ? "" : "main"));
  } else {
    const field = document.createElement("input");
    field.setAttribute("aria-labelledby", "asked");
    if (question.kind === "pain") Object.assign(field, { type: "number", min: 0, max: 10, step: 1, inputMode: "numeric" });
    else field.maxLength = 500;
    const send = button("Go on", "Enter", () => field.value, "main");
    send.type = "submit";  // so that the browser looks at the number first
    send.onclick = null;
    submit = () => reply(field.value);
    parts.push(field, send);
    setTimeout(() => field.focus());
  }
  $("answers").replaceChildren(...parts);
  $("question").dataset.number = question.number;
  goOnAlone(question, step);
  if (question.kind === "choice") $("answers").firstElementChild.focus();
}
$("question").onsubmit = (event) => { event.preventDefault(); submit(); };

let judged = "";
function judge(verdict) {
  $("verdict").hidden = !verdict;
  const text = JSON.stringify(verdict ?? null);
  if (!verdict || text === judged) return;
  judged = text;
  $("verdict").replaceChildren(...verdict.map((each) => {
    const part = document.createElement("div"), table = document.createElement("table"), body = table.createTBody();
    const line = (tag, words, kind = "") => Object.assign(document.createElement(tag), { textContent: words, className: kind });
    table.className = "facts";
    for (const [name, value] of each.facts) {
      const row = body.insertRow(), head = line("th", name);
      head.scope = "row";
      row.append(head, line("td", value, "right"));
    }
    const list = document.createElement("ul");
    fill(list, "li", [...each.reasons, ...each.noise]);
    part.append(line("h2", each.headline));
    if (each.message) part.append(line("p", each.message));
    part.append(table, list, line("p", `${each.file.split("/").slice(-2).join("/")} · ${each.aid}`, "small"));
    return part;
  }));
}

$("start").onsubmit = (event) => {
  event.preventDefault();
  wake();
  const form = new FormData(event.target), sides = form.get("sides").split(" "), names = form.get("source").split(";").map((name) => name.trim() || null), dose = Number(form.get("dose")) || null;
  wish("start", { sensors: sides.map((_, k) => names[k] ?? names[0]), sides, dose, exercises: form.get("exercises"), athlete: form.get("athlete"), shoe: form.get("shoe") });
};
$("replay")?.addEventListener("submit", (event) => {
  event.preventDefault();
  wake();
  const form = new FormData(event.target);
  wish("replay", { file: form.get("file"), speed: Number(form.get("speed")) });
});
$("stop").onclick = () => wish("stop");
$("pause").onclick = () => wish("press", { key: "pause" });
$("end").onclick = () => wish("end");
$("scan").onclick = async () => {
  $("scanned").textContent = "looking for 4 s ...";
  const { sensors, problem } = await (await fetch("/sensors.json")).json();
  for (const each of sensors) $("sensors").append(new Option(`${each.rssi_dbm} dBm`, each.name ?? each.address));
  if (sensors.length) $("start").elements.source.value = sensors[0].name ?? sensors[0].address;
  $("scanned").textContent = problem ?? (sensors.length ? `found: ${sensors.map((each) => each.name ?? each.address).join(", ")}` : "none in range: is it on, and charged?");
};

document.addEventListener("keydown", (event) => {
  // what is focused keeps its own keys; a key that is held counts once
  const { target } = event, typing = target.matches("input:not([type=checkbox]), select, textarea");
  if (event.repeat && (event.key === "Enter" || event.key === " ") && !typing) { event.preventDefault(); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || typing) return;
  if ((event.key === "Enter" || event.key === " ") && target.matches("a, button, summary, input")) return;
  const click = (element) => { event.preventDefault(); element.click(); };
  if (state.phase === "set") {
    if (event.key === " ") click($("stop"));
    else if (event.key === "p" && !$("pause").hidden) click($("pause"));
    else if (event.key === "q") click($("end"));
  } else if (state.question?.kind === "choice") {
    if (event.key === "Enter") click($("answers").querySelector(".main"));
    else if (event.key in state.question.answers) { event.preventDefault(); wake(); wish("answer", { number: state.question.number, text: event.key }); }
  } else if (event.key === "q" && !$("end").hidden) click($("end"));
});

function frame() {
  if (dirty && !$("now").hidden) {
    dirty = false;
    traces.draw();
    const turning = traces.turning();
    if (turning !== null) {
      $("turning").style.transform = `scaleX(${Math.min(1, Math.log10(1 + turning) / 3)})`;
      $("turning-text").textContent = `${turning.toFixed(1)} deg/s`;
    }
    M.draws++;
    M.latency_ms.push(performance.timeOrigin + performance.now() - newest_ms);
    if (M.latency_ms.length > 5000) M.latency_ms.splice(0, 2500);
  }
  requestAnimationFrame(frame);
}
addEventListener("resize", () => traces.resize());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { traces.plots && traces.make(); dirty = true; });
connect();
requestAnimationFrame(frame);
const wanted = new URLSearchParams(location.search).get("replay");
if (wanted && $("replay")) {
  $("replay").elements.file.value = wanted;
  history.replaceState(null, "", "/");
}
