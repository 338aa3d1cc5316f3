// What is told without looking: tones, a voice where there is one, a flash, and text for readers.
let audio = null;
const on = (id) => document.getElementById(id).checked;

// browsers allow sound only after a key or a click
export function wake() {
  try { audio ??= new AudioContext(); audio.resume(); } catch { audio = null; }
}

export function tone(hertz, seconds = 0.12) {
  if (!audio || !on("sound")) return;
  const at = audio.currentTime, source = audio.createOscillator(), gain = audio.createGain();
  source.frequency.value = hertz;
  gain.gain.setValueAtTime(0.25, at);
  gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  source.connect(gain).connect(audio.destination);
  source.start(at);
  source.stop(at + seconds);
}

export function say(text) {
  document.getElementById("aloud").textContent = text;
  const synth = window.speechSynthesis;
  if (!on("voice") || !synth || !synth.getVoices().length) return;
  synth.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = "en";
  synth.speak(words);
}

export function flash(text, bad = false) {
  if (!on("flashes")) return;
  const element = document.getElementById("flash");
  element.hidden = true;
  element.classList.toggle("bad", bad);
  element.firstElementChild.textContent = text;
  void element.offsetWidth;  // so that it begins anew
  element.hidden = false;
  clearTimeout(flash.timer);
  flash.timer = setTimeout(() => { element.hidden = true; }, 480);
}
