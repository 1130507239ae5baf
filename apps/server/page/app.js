// app.js: sound to the server, pictures and sound back; pictures are chosen by the sound's clock. The session is clients/js's.
import { Session } from "./framegen.js";

const RATE = 24000;
const element = (id) => document.getElementById(id);
const canvas = element("picture"), context = canvas.getContext("2d");
const token = new URLSearchParams(location.search).get("token");
const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);
const say = (text) => (element("say").textContent = text);

// What tests and curious people may look at.
const stats = (window.framegen = { speechFrames: 0, idleFrames: 0, drawn: 0, drawnSpeech: 0, starts: [], ends: [], state: "closed", server: {} });

let session, audio, player, recorder, microphone = null;
let pictures = [];               // {at: the stream's sample it belongs to, segment, speech, image}
let received = 0, heard = 0;     // samples of the stream: put into the player, played by it

async function openSound() {
  if (!audio) {
    audio = new AudioContext({ sampleRate: RATE });
    await audio.audioWorklet.addModule(withToken("sound.js"));
    player = new AudioWorkletNode(audio, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    player.port.onmessage = ({ data }) => (heard = data);
    player.connect(audio.destination);
  }
  await audio.resume();
}

async function connect() {
  const own = (session = await Session.connect(location.origin, {
    token, avatar: element("avatar").value || undefined, rate: RATE, video: { format: "jpeg", quality: 85 }, silenceGateDb: -50,
  }));
  stats.state = "ready";
  canvas.width = own.ready.width;
  canvas.height = own.ready.height;
  const whileOwn = (act) => (event) => own === session && act(event);
  own.on("picture", whileOwn(keep));
  own.on("segmentstart", whileOwn((start) => stats.starts.push(start)));
  own.on("segmentend", whileOwn((end) => stats.ends.push(end)));
  own.on("stats", whileOwn((now) => {
    stats.server = now;
    say(`buffered ${now.buffered_ms} ms · late ${now.late_frames} · dropped ${now.dropped_pictures} · frame ${now.frame_ms_p95.toFixed(1)} ms`);
  }));
  own.on("sayfailed", whileOwn(complain));
  own.on("close", whileOwn((complaint) => {
    stats.state = "closed";
    if (complaint) complain(complaint);
    say(`${element("say").textContent}\nThe session is over: reload to begin again.`.trim());
  }));
}

const complain = ({ what, why, do: remedy }) => say(`${what}: ${why}; ${remedy}`);

// A picture waits for its sound.
function keep({ speech, segment, sound, ownSound, image: jpeg }) {
  speech ? ++stats.speechFrames : ++stats.idleFrames;
  if (player && audio.state === "running") {
    player.port.postMessage({ at: received, samples: Float32Array.from(sound, (s) => s / 32768), silence: !ownSound });
    received += sound.length;
  }
  if (!jpeg.length) return;
  const picture = { at: received - sound.length, segment, speech, image: null };
  pictures.push(picture);
  createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })).then((image) => (picture.image = image), () => (picture.image = false));
}

// Samples of the stream whose sound has left the loudspeaker.
const audible = () => heard - (audio.outputLatency || 0) * RATE;

// Shows the last picture whose sound has begun. Until there is sound to go by, pictures are shown as they come.
function draw() {
  requestAnimationFrame(draw);
  const now = player && audio.state === "running" ? audible() : Infinity;
  let shown = null;
  while (pictures.length && pictures[0].image !== null && pictures[0].at <= now) {
    if (shown?.image) shown.image.close();
    shown = pictures.shift();
  }
  if (!shown?.image) return;
  context.drawImage(shown.image, 0, 0);
  shown.image.close();
  ++stats.drawn;
  if (shown.speech) ++stats.drawnSpeech;
}

function interrupt() {
  session.interrupt();
  pictures = pictures.filter((picture) => !picture.segment);
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
  element("microphone").textContent = microphone ? "Stop the microphone" : "Microphone";
}

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
element("avatar").onchange = () => {
  interrupt();
  session.close();
  connect().catch(orSay("Session"));
};

const answer = await fetch(withToken("/v1/avatars"));
if (answer.ok) {
  const { avatars, speech_from_text } = await answer.json();
  element("avatar").append(...avatars.map(({ name }) => new Option(name)));
  element("avatar").hidden = avatars.length < 2;
  element("text-form").hidden = !speech_from_text;
  requestAnimationFrame(draw);
  await connect().catch(orSay("Session"));
} else say((await answer.json()).why);
