// app.js: sound to the server, pictures and sound back; pictures are chosen by the sound's clock.
const RATE = 24000;
const element = (id) => document.getElementById(id);
const canvas = element("picture"), context = canvas.getContext("2d");
const token = new URLSearchParams(location.search).get("token");
const withToken = (path) => (token ? `${path}?token=${encodeURIComponent(token)}` : path);

// What tests and curious people may look at.
const stats = (window.framegen = {
  speechFrames: 0, idleFrames: 0, drawn: 0, drawnSpeech: 0, ends: [], interruptedAt: 0, firstIdleAfterInterruptMs: 0,
  offsetsMs: [], segment: 0, state: "closed", server: {},
});

let socket, audio, player, pictures = [], received = 0, heard = 0, microphone = null, dropped = 0;

const say = (text) => (element("say").textContent = text);

async function openSound() {
  if (audio) return audio.resume();
  audio = new AudioContext({ sampleRate: RATE });
  await audio.audioWorklet.addModule(withToken("sound.js"));
  player = new AudioWorkletNode(audio, "player", { numberOfInputs: 0, outputChannelCount: [1] });
  player.port.onmessage = ({ data }) => (heard = data);
  player.connect(audio.destination);
}

function connect() {
  return new Promise((resolve, reject) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}${withToken("/v1/session")}`, "framegen.v1");
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({
      type: "start", avatar: element("avatar").value || undefined, audio: { rate: RATE, channels: 1 },
      video: { format: "jpeg", quality: 85 }, pace: "realtime", idle: "loop", silence_gate_db: -50,
    }));
    socket.onmessage = ({ data }) => (typeof data === "string" ? control(JSON.parse(data), resolve) : media(data));
    socket.onclose = () => { stats.state = "closed"; say("The server has closed the session: reload to begin again."); };
    socket.onerror = reject;
  });
}

function control(message, ready) {
  if (message.type === "ready") {
    stats.state = "ready";
    canvas.width = message.width;
    canvas.height = message.height;
    ready();
  } else if (message.type === "segment_start") stats.segment = message.segment;
  else if (message.type === "segment_end") stats.ends.push(message);
  else if (message.type === "stats") {
    stats.server = message;
    say(`buffered ${message.buffered_ms} ms · late ${message.late_frames} · dropped ${message.dropped_pictures} · frame ${message.frame_ms_p95.toFixed(1)} ms`);
  } else if (message.type === "error") say(`${message.what}: ${message.why}; ${message.do}`);
}

function media(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== 0x314d4746) return;  // "FGM1"
  const speech = view.getUint8(4) === 2, header = view.getUint16(6, true), segment = view.getUint32(16, true);
  const soundBytes = view.getUint32(20, true), pictureBytes = view.getUint32(24, true);
  if (dropped && segment && segment <= dropped) return;  // of a segment that was interrupted
  if (stats.interruptedAt && !stats.firstIdleAfterInterruptMs && !speech)
    stats.firstIdleAfterInterruptMs = performance.now() - stats.interruptedAt;
  speech ? ++stats.speechFrames : ++stats.idleFrames;
  const samples = new Int16Array(buffer.slice(header, header + soundBytes));
  if (player && audio.state === "running") {
    player.port.postMessage(Float32Array.from(samples, (s) => s / 32768));
    received += samples.length;
  }
  if (!pictureBytes) return;
  const picture = { at: received - samples.length, speech, image: null };
  pictures.push(picture);
  createImageBitmap(new Blob([new Uint8Array(buffer, header + soundBytes, pictureBytes)], { type: "image/jpeg" }))
    .then((image) => (picture.image = image), () => (picture.image = false));
}

// Shows the last picture whose sound has begun. Until there is sound to go by, pictures are shown as they come.
function draw() {
  requestAnimationFrame(draw);
  const silent = !player || audio.state !== "running";
  let shown = null;
  while (pictures.length && pictures[0].image !== null && (silent || pictures[0].at <= heard)) {
    if (shown?.image) shown.image.close();
    shown = pictures.shift();
  }
  if (!shown?.image) return;
  context.drawImage(shown.image, 0, 0);
  shown.image.close();
  ++stats.drawn;
  if (shown.speech) ++stats.drawnSpeech;
  if (!silent && stats.offsetsMs.length < 5000) stats.offsetsMs.push(((heard - shown.at) / RATE) * 1000);
}

// Float samples → s16le messages of at most half a second.
function send(samples) {
  for (let at = 0; at < samples.length; at += RATE / 2) {
    const piece = Int16Array.from(samples.subarray(at, at + RATE / 2), (s) => Math.max(-32768, Math.min(32767, Math.round(s * 32768))));
    socket.send(piece.buffer);
  }
}

const flush = () => socket.send(JSON.stringify({ type: "flush" }));

function interrupt() {
  dropped = stats.segment;
  stats.interruptedAt = performance.now();
  stats.firstIdleAfterInterruptMs = 0;
  socket.send(JSON.stringify({ type: "interrupt" }));
  if (player) { player.port.postMessage({ clear: true }); heard = received; }
}

async function speakFile(bytes) {
  await openSound();
  const sound = await audio.decodeAudioData(bytes);  // resampled to the context's rate
  const mono = new Float32Array(sound.length);
  for (let c = 0; c < sound.numberOfChannels; ++c) {
    const channel = sound.getChannelData(c);
    for (let i = 0; i < mono.length; ++i) mono[i] += channel[i] / sound.numberOfChannels;
  }
  send(mono);
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
    microphone.getTracks().forEach((track) => track.stop());
    microphone = null;
    flush();
  } else {
    microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    const recorder = new AudioWorkletNode(audio, "recorder", { numberOfOutputs: 0 });
    let block = new Float32Array(0);
    recorder.port.onmessage = ({ data }) => {
      const longer = new Float32Array(block.length + data.length);
      longer.set(block);
      longer.set(data, block.length);
      block = longer;
      if (block.length >= RATE / 25) { send(block); block = new Float32Array(0); }
    };
    audio.createMediaStreamSource(microphone).connect(recorder);
  }
  element("microphone").textContent = microphone ? "Stop the microphone" : "Microphone";
}

element("text-form").onsubmit = (event) => { event.preventDefault(); openSound().then(() => speakText(element("text").value)); };
element("file").onchange = async ({ target }) => { if (target.files[0]) speakFile(await target.files[0].arrayBuffer()); };
element("interrupt").onclick = interrupt;
element("microphone").onclick = () => toggleMicrophone().catch((error) => say(`Microphone: ${error.message}`));

const { avatars, speech_from_text } = await (await fetch(withToken("/v1/avatars"))).json();
element("avatar").append(...avatars.map(({ name }) => new Option(name)));
element("text-form").hidden = !speech_from_text;
requestAnimationFrame(draw);
await connect();
