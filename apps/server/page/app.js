// app.js: sound to the server, pictures and sound back; pictures are chosen by the sound's clock.
const RATE = 24000;
const PIECE = RATE / 5;          // samples per message
const MOST_AHEAD_S = 10;         // sent and not yet spoken: an interrupt waits behind nothing
const element = (id) => document.getElementById(id);
const canvas = element("picture"), context = canvas.getContext("2d");
const token = new URLSearchParams(location.search).get("token");
const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);
const say = (text) => (element("say").textContent = text);

// What tests and curious people may look at.
const stats = (window.framegen = { speechFrames: 0, idleFrames: 0, drawn: 0, drawnSpeech: 0, starts: [], ends: [], state: "closed", server: {} });

let socket, audio, player, recorder, microphone = null;
let pictures = [];               // {at: the stream's sample it belongs to, segment, speech, image}
let received = 0, heard = 0;     // samples of the stream: put into the player, played by it
let begun = 0, open = false;     // segments that we have begun; the last one is not flushed
let interrupted = 0;             // of segments up to this one nothing is shown or heard any more
let speaking = 0;                // which sending of a file is the current one

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

function connect() {
  begun = interrupted = 0;
  open = false;
  return new Promise((resolve, reject) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const own = (socket = new WebSocket(`${scheme}//${location.host}${withToken("/v1/session")}`, "framegen.v1"));
    own.binaryType = "arraybuffer";
    own.onopen = () => sendControl({
      type: "start", avatar: element("avatar").value || undefined, audio: { rate: RATE, channels: 1 },
      video: { format: "jpeg", quality: 85 }, pace: "realtime", idle: "loop", silence_gate_db: -50,
    });
    own.onmessage = ({ data }) => {
      if (own === socket) typeof data === "string" ? control(JSON.parse(data), resolve) : media(data);
    };
    own.onclose = () => {
      if (own !== socket) return;
      reject(new Error("closed"));
      stats.state = "closed";
      say(`${element("say").textContent}\nThe session is over, or the server is full: reload to begin again.`.trim());
    };
  });
}

const sendControl = (message) => socket.send(JSON.stringify(message));

function control(message, ready) {
  if (message.type === "ready") {
    stats.state = "ready";
    canvas.width = message.width;
    canvas.height = message.height;
    ready();
  } else if (message.type === "segment_start") stats.starts.push(message);
  else if (message.type === "segment_end") stats.ends.push(message);
  else if (message.type === "stats") {
    stats.server = message;
    say(`buffered ${message.buffered_ms} ms · late ${message.late_frames} · dropped ${message.dropped_pictures} · frame ${message.frame_ms_p95.toFixed(1)} ms`);
  } else if (message.type === "error") say(`${message.what}: ${message.why}; ${message.do}`);
}

function media(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== 0x314d4746) return;  // "FGM1"
  const speech = view.getUint8(4) === 2, ownSound = (view.getUint8(5) & 1) === 1, header = view.getUint16(6, true);
  const segment = view.getUint32(16, true), soundBytes = view.getUint32(20, true), pictureBytes = view.getUint32(24, true);
  if (segment && segment <= interrupted) return;
  speech ? ++stats.speechFrames : ++stats.idleFrames;
  const samples = new Int16Array(buffer.slice(header, header + soundBytes));
  if (player && audio.state === "running") {
    player.port.postMessage({ at: received, samples: Float32Array.from(samples, (s) => s / 32768), silence: !ownSound });
    received += samples.length;
  }
  if (!pictureBytes) return;
  const picture = { at: received - samples.length, segment, speech, image: null };
  pictures.push(picture);
  createImageBitmap(new Blob([new Uint8Array(buffer, header + soundBytes, pictureBytes)], { type: "image/jpeg" }))
    .then((image) => (picture.image = image), () => (picture.image = false));
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

// Float samples → one message of s16le. The first after a flush begins a segment.
function send(samples) {
  if (!open) ++begun;
  open = true;
  socket.send(Int16Array.from(samples, (s) => Math.max(-32768, Math.min(32767, Math.round(s * 32768)))).buffer);
}

function flush() {
  open = false;
  sendControl({ type: "flush" });
}

function interrupt() {
  ++speaking;
  open = false;
  interrupted = begun;
  sendControl({ type: "interrupt" });
  pictures = pictures.filter((picture) => !picture.segment || picture.segment > interrupted);
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
  const mine = ++speaking, started = performance.now();
  for (let at = 0; at < mono.length; at += PIECE) {
    while (at / RATE - (performance.now() - started) / 1000 > MOST_AHEAD_S) await new Promise((later) => setTimeout(later, 100));
    if (mine !== speaking) return;
    send(mono.subarray(at, at + PIECE));
  }
  flush();
}

async function speakText(text) {
  const answer = await fetch(withToken("/v1/speech"), { method: "POST", body: JSON.stringify({ text }) });
  if (!answer.ok) return say((await answer.json()).why);
  await speakFile(await answer.arrayBuffer());
}

async function toggleMicrophone() {
  await openSound();
  if (microphone) {
    microphone.disconnect();
    microphone.mediaStream.getTracks().forEach((track) => track.stop());
    microphone = null;
    flush();
  } else {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    if (!recorder) {
      recorder = new AudioWorkletNode(audio, "recorder", { numberOfOutputs: 0 });
      recorder.port.onmessage = ({ data }) => microphone && send(data);
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
  socket.close();
  interrupt();
  connect().catch(() => {});
};

const answer = await fetch(withToken("/v1/avatars"));
if (answer.ok) {
  const { avatars, speech_from_text } = await answer.json();
  element("avatar").append(...avatars.map(({ name }) => new Option(name)));
  element("avatar").hidden = avatars.length < 2;
  element("text-form").hidden = !speech_from_text;
  requestAnimationFrame(draw);
  await connect().catch(() => {});
} else say((await answer.json()).why);
