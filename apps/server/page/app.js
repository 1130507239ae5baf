// app.js: sound to the server, pictures and sound back; pictures are chosen by the sound's clock. The session is clients/js's.
import { H264Pictures, JpegPictures, hasH264 } from "./decoders.js";
import { figures, watch } from "./rtc.js";
import { Session } from "./framegen.js";

const RATE = 24000;
const element = (id) => document.getElementById(id);
const canvas = element("picture"), context = canvas.getContext("2d"), video = element("video");
const words = new URLSearchParams(location.search);
const token = words.get("token");
const NAMES = { webrtc: "WebRTC", h264: "H.264", jpeg: "JPEG" };  // the best first
const forced = Object.keys(NAMES).find((way) => way === words.get("video"));
const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);
const say = (text) => (element("say").textContent = text);

// What tests and curious people may look at.
const stats = (window.framegen = { speechFrames: 0, idleFrames: 0, drawn: 0, drawnSpeech: 0, skipped: 0, starts: [], ends: [], state: "closed", video: "", server: {} });

let session, decoder, line, audio, player, volume, recorder, microphone = null;
let ways = [];                   // that are left to try, the one in use first
// {at: the stream's sample it belongs to, segment, speech, came: when, image: undefined while it is decoded, null: there is none}
let pictures = [];
let bytes = 0, shownAfterMs = 0; // since the last figures; from a picture's coming to its being drawn
let received = 0, heard = 0;     // samples of the stream: put into the player, played by it

async function openSound() {
  if (!audio) {
    audio = new AudioContext({ sampleRate: RATE });
    await audio.audioWorklet.addModule(withToken("sound.js"));
    player = new AudioWorkletNode(audio, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    player.port.onmessage = ({ data }) => (heard = data);
    volume = audio.createGain();
    volume.gain.value = muted() ? 0 : 1;
    player.connect(volume);
    volume.connect(audio.destination);
  }
  await audio.resume();
  video.muted = muted();
}

async function connect() {
  decoder?.close();
  line?.close();
  line = decoder = null;
  const way = ways[0];
  if (way === "h264") decoder = new H264Pictures((why) => without(way, why));
  if (way === "jpeg") decoder = new JpegPictures();
  const own = (session = await Session.connect(location.origin, {
    token, avatar: element("avatar").value || undefined, rate: RATE, video: { format: way, quality: 85 }, silenceGateDb: -50,
  }));
  stats.state = "ready";
  stats.video = way;
  video.hidden = way !== "webrtc";
  canvas.hidden = !video.hidden;
  canvas.width = own.ready.width;
  canvas.height = own.ready.height;
  const whileOwn = (act) => (event) => own === session && act(event);
  own.on("picture", whileOwn(keep));
  own.on("segmentstart", whileOwn((start) => stats.starts.push(start)));
  own.on("segmentend", whileOwn((end) => stats.ends.push(end)));
  own.on("stats", whileOwn((now) => {
    stats.server = now;
    showFigures(now);
  }));
  own.on("sayfailed", whileOwn(complain));
  own.on("close", whileOwn((complaint) => {
    stats.state = "closed";
    if (complaint) complain(complaint);
    say(`${element("say").textContent}\nThe session is over: reload to begin again.`.trim());
  }));
  if (way === "webrtc") openLine(own).catch((error) => own === session && without(way, error.message));
}

async function openLine(own) {
  const opened = await watch({ session: own.ready.session, video, token, iceServers, lost: () => own === session && without("webrtc", "the connection was lost") });
  if (own !== session) return opened.close();
  line = opened;
  const count = () => {
    if (line !== opened) return;
    ++stats.drawn;
    if (stats.starts.length > stats.ends.length) ++stats.drawnSpeech;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
}

// What was promised cannot be done after all: the next best.
function without(way, why) {
  if (way !== ways[0]) return;
  say(`${NAMES[way]} cannot be used here (${why})${ways[1] ? `: ${NAMES[ways[1]]} instead.` : "."}`);
  if (ways.length > 1) {
    ways.shift();
    again();
  }
}

function again() {
  interrupt();
  session.close();
  connect().catch(orSay("Session"));
}

// Not in the live region: nobody wants to hear this once a second.
async function showFigures({ buffered_ms, late_frames, dropped_pictures, frame_ms_p95 }) {
  const parts = [NAMES[stats.video]];
  if (line) {
    const now = await figures(line);
    parts.push(`${Math.round(now.kilobytes - (line.kilobytes ?? 0))} kB/s`, `drawn ${Math.round(now.delayMs)} ms after it came`, `lost ${now.lost} packets`, `dropped ${now.dropped}`);
    line && (line.kilobytes = now.kilobytes);
  } else {
    parts.push(`${Math.round(bytes / 1000)} kB/s`, `drawn ${Math.round(shownAfterMs)} ms after it came`, `dropped ${dropped_pictures}`, `skipped ${stats.skipped}`);
  }
  parts.push(`late ${late_frames}`, `buffered ${buffered_ms} ms`, `made in ${frame_ms_p95.toFixed(0)} ms`);
  element("figures").textContent = parts.join(" · ");
  bytes = 0;
}

const complain = ({ what, why, do: remedy }) => say(`${what}: ${why}; ${remedy}`);

// A picture waits for its sound.
function keep(coming) {
  const { speech, segment, sound, ownSound, image } = coming;
  speech ? ++stats.speechFrames : ++stats.idleFrames;
  bytes += image.length;
  if (player && audio.state === "running") {
    player.port.postMessage({ at: received, samples: Float32Array.from(sound, (s) => s / 32768), silence: !ownSound });
    received += sound.length;
  }
  if (!image.length || !decoder) return;
  const picture = { at: received - sound.length, segment, speech, came: performance.now(), image: undefined, gone: false };
  pictures.push(picture);
  decoder.decode(coming, (made) => (picture.gone ? made?.close() : (picture.image = made)));
}

function forget(picture) {
  picture.gone = true;
  picture.image?.close();
}

// Samples of the stream whose sound has left the loudspeaker.
const audible = () => heard - (audio.outputLatency || 0) * RATE;

// Shows the last picture whose sound has begun. Until there is sound to go by, pictures are shown as they come.
function draw() {
  requestAnimationFrame(draw);
  const now = player && audio.state === "running" ? audible() : Infinity;
  let shown = null;
  while (pictures.length && pictures[0].image !== undefined && pictures[0].at <= now) {
    if (shown?.image) ++stats.skipped;
    if (shown) forget(shown);
    shown = pictures.shift();
  }
  if (!shown?.image) return;
  context.drawImage(shown.image, 0, 0);
  forget(shown);
  shownAfterMs += (performance.now() - shown.came - shownAfterMs) / 25;
  ++stats.drawn;
  if (shown.speech) ++stats.drawnSpeech;
}

function interrupt() {
  session.interrupt();
  pictures.filter(({ segment }) => segment).forEach(forget);
  pictures = pictures.filter(({ segment }) => !segment);
  if (player) { player.port.postMessage({ clear: received }); heard = received; }
}

async function speakFile(bytes) {
  await openSound();
  const sound = await audio.decodeAudioData(bytes);  // resampled to the context's rate
  const mono = new Float32Array(sound.length);
  for (let c = 0; c < sound.numberOfChannels; ++c) {
    const channel = sound.getChannelData(c);
    for (let i = 0; i < mono.length; ++i) mono[i] += channel[i] / sound.numberOfChannels;
  }
  await session.speak(mono);
}

async function speakText(text) {
  await openSound();
  if (microphone) await toggleMicrophone();  // one voice at a time
  session.say(text);
}

async function toggleMicrophone() {
  await openSound();
  if (microphone) {
    microphone.disconnect();
    microphone.mediaStream.getTracks().forEach((track) => track.stop());
    microphone = null;
    session.flush();
  } else {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    if (!recorder) {
      recorder = new AudioWorkletNode(audio, "recorder", { numberOfOutputs: 0 });
      recorder.port.onmessage = ({ data }) => microphone && session.push(data);
    }
    microphone = audio.createMediaStreamSource(stream);
    microphone.connect(recorder);
  }
  element("microphone").setAttribute("aria-pressed", microphone !== null);
}

const muted = () => element("mute").getAttribute("aria-pressed") === "true";

function toggleMute() {
  element("mute").setAttribute("aria-pressed", !muted());
  if (volume) volume.gain.value = muted() ? 0 : 1;
  video.muted = muted();
}

const toggleFullScreen = () => (document.fullscreenElement ? document.exitFullscreen() : element("stage").requestFullscreen());

const orSay = (what) => (error) => say(`${what}: ${error.message}`);
element("text-form").onsubmit = (event) => {
  event.preventDefault();
  openSound().then(() => speakText(element("text").value)).catch(orSay("Text"));
};
element("file").onchange = async ({ target }) => {
  if (target.files[0]) speakFile(await target.files[0].arrayBuffer()).catch(orSay("File"));
  target.value = "";  // the same file may be chosen again
};
element("interrupt").onclick = interrupt;
element("microphone").onclick = () => toggleMicrophone().catch(orSay("Microphone"));
element("mute").onclick = toggleMute;
element("full-screen").hidden = !document.fullscreenEnabled;
element("full-screen").onclick = () => toggleFullScreen().catch(orSay("Full screen"));
element("avatar").onchange = again;

async function possible(webrtc) {
  const has = { webrtc: webrtc && "RTCPeerConnection" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype, h264: await hasH264(), jpeg: true };
  return Object.keys(NAMES).filter((way) => has[way]);
}

let iceServers = [];
const answer = await fetch(withToken("/v1/avatars"));
if (answer.ok) {
  const { avatars, speech_from_text, webrtc, ice_servers } = await answer.json();
  element("avatar").append(...avatars.map(({ name }) => new Option(name)));
  element("avatar-label").hidden = avatars.length < 2;
  element("text-form").hidden = !speech_from_text;
  iceServers = ice_servers;
  ways = forced ? [forced] : await possible(webrtc);
  requestAnimationFrame(draw);
  await connect().catch(orSay("Session"));
} else say((await answer.json()).why);
