// page_test.mjs: the page in a real browser: it speaks, the picture moves, picture and sound agree, an interrupt is heeded.
//   node page_test.mjs FRAMEGEN SPEECH.wav FOLDER_FOR_SCREENSHOTS [WORDS OF A TEST'S NAME]        (./run browser does the rest)
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { chromium } from "playwright-core";
import { startServer } from "../../clients/js/test/server.mjs";
import { checkMeasure } from "./av_sync_check.mjs";
import { makeNumberedAvatar } from "./numbered_avatar.mjs";
import { PATIENCE_MS, sleepUntil } from "./wait.mjs";
import { inStreamsOfTheirOwn, overABadLine, seesWhatIsTornApart, watchesInStep, watchesOverABadLine } from "./webrtc_watch.mjs";

const [framegen, speech, folder, only = ""] = process.argv.slice(2);
const root = new URL("../../", import.meta.url).pathname;
const BAD_LINE_S = Number(process.env.FRAMEGEN_BAD_LINE_S ?? 20);
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
mkdirSync(folder, { recursive: true });

// Runs in the page before its own scripts: notes what comes in, what is drawn when, and what is played when.
// Nothing of the page's own bookkeeping is believed.
function spy() {
  const noted = (window.noted = { media: [], drawn: [], played: [], playedFrom: null, audio: null });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...words) {
      super(...words);
      window.socket = this;
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string") return;
        const view = new DataView(data);
        const bytes = view.getUint32(20, true);
        noted.media.push({ speech: view.getUint8(4) === 2, segment: view.getUint32(16, true), at: performance.now(),
          picture: view.getUint32(24, true) > 0, sound: Array.from(new Int16Array(data.slice(32, 32 + bytes))) });
        window.lastPicture = noted.media.length - 1;
      });
    }
  };
  if (window.RTCPeerConnection) {
    const Peer = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Peer {
      constructor(...words) {
        super(...words);
        window.peer = this;
      }
    };
  }
  // The page makes an image of each picture right after its message: the images carry its number on.
  const make = window.createImageBitmap;
  window.createImageBitmap = async (...words) => {
    const number = window.lastPicture;
    const image = await make(...words);
    image.number = number;
    return image;
  };
  // Or hands it to a decoder, whose frames keep its time stamp.
  const decoded = new Map();
  const decode = globalThis.VideoDecoder?.prototype.decode;
  if (decode) VideoDecoder.prototype.decode = function (chunk) {
    decoded.set(chunk.timestamp, window.lastPicture);
    return decode.call(this, chunk);
  };
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
    const number = image.number ?? decoded.get(image.timestamp);
    if (number !== undefined) noted.drawn.push({ number, at: performance.now(), audio: noted.audio?.currentTime ?? null });
    return draw.call(this, image, ...rest);
  };
  // Everything that reaches the loudspeaker goes through a recorder first, which knows the context's time of each block.
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (!(to instanceof AudioDestinationNode) || this.isTap) return connect.call(this, to, ...rest);
    noted.audio = this.context;
    const tap = new AudioWorkletNode(this.context, "tap");
    tap.isTap = true;
    tap.port.onmessage = ({ data }) => { noted.playedFrom ??= data.time; noted.played.push(data.samples); };
    connect.call(this, tap);
    return connect.call(tap, to);
  };
  const addModule = Worklet.prototype.addModule;
  Worklet.prototype.addModule = async function (...words) {
    const tap = `class Tap extends AudioWorkletProcessor {
      process([[input]], [[output]]) {
        const samples = input ? input.slice() : new Float32Array(output.length);
        output.set(samples);
        this.port.postMessage({ time: currentTime, samples });
        return true;
      }
    }
    registerProcessor("tap", Tap);`;
    await addModule.call(this, URL.createObjectURL(new Blob([tap], { type: "text/javascript" })));
    return addModule.apply(this, words);
  };
}

// For each speech picture that was drawn: when its own sound was played, found again by its very samples, and when it was drawn.
function offsets() {
  const { media, drawn, played, playedFrom, audio } = window.noted;
  const latency = audio.outputLatency;  // from there to the loudspeaker
  const rate = 24000;
  const all = new Int16Array(played.reduce((n, block) => n + block.length, 0));
  let at = 0;
  for (const block of played) for (const sample of block) all[at++] = Math.round(sample * 32768);
  const found = [];
  let from = 0;
  for (const picture of drawn) {
    const { speech, sound } = media[picture.number];
    if (!speech || !picture.audio || sound.filter((s) => Math.abs(s) > 300).length < 300) continue;
    search: for (let i = from; i + sound.length <= all.length; ++i) {
      for (let k = 0; k < sound.length; k += 1) if (all[i + k] !== sound[k]) continue search;
      found.push((picture.audio - (playedFrom + i / rate) - latency) * 1000);
      from = i;
      break;
    }
  }
  return found;
}

async function mouth(page) {
  return page.evaluate(() => {
    const canvas = document.getElementById("picture");
    return Array.from(canvas.getContext("2d").getImageData(canvas.width / 4, 0, canvas.width / 2, canvas.height).data.filter((_, i) => i % 64 === 1));
  });
}
const difference = (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;

// `expected`: errors of the page that belong to the test. `before`: what is done to the browser first.
// `line`: what is done to the page's way to the server.
async function test(browser, address, name, body, { expected = [], before = () => {}, line = () => {}, width = 1100, height = 900 } = {}) {
  if (!name.includes(only)) return;
  const page = await browser.newPage({ viewport: { width, height } });
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") wrong.push(message.text()); });
  // The page's files as they are being written, without a build between.
  if (process.env.FRAMEGEN_PAGE)
    for (const [path, file] of [["/", "index.html"], ...["app.js", "decoders.js", "rtc.js", "framegen.js", "sound.js"].map((name) => [`/${name}`, name])])
      await page.route((url) => url.pathname === path, (route) => route.fulfill({ path: `${process.env.FRAMEGEN_PAGE}/${file}` }));
  await line(page);
  await page.addInitScript(spy);
  await page.addInitScript(before);
  await page.goto(address);
  await page.click("#stage");  // without a gesture browsers play no sound
  const told = await body(page).catch((error) => { throw new Error(`${name}: ${error.message} ${wrong}`); });
  assert.deepEqual(wrong.filter((text) => !expected.some((known) => known.test(text))), [], `${name}: the page's own errors`);
  await page.close();
  console.log(`ok: ${name}${told ? `: ${told}` : ""}`);
}

async function idles(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready" && window.framegen.drawn > 10);
  const first = await mouth(page);
  await sleepUntil(page, "idle pictures go on", () => window.framegen.drawn > 40);
  const moved = difference(first, await mouth(page));
  assert.ok(moved > 0.2, `the presenter stands still (${moved})`);
  await page.screenshot({ path: `${folder}/1_idle.png` });
  return `the picture moves by ${moved.toFixed(2)} of 255`;
}

async function speaks(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "speech pictures are drawn", () => window.framegen.drawnSpeech > 12);
  await page.screenshot({ path: `${folder}/2_speaking.png` });
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1 && window.noted.media.at(-1).segment === 0);
  await page.waitForTimeout(500);
  const end = await page.evaluate(() => window.framegen.ends[0]);
  assert.equal(end.interrupted, false);
  const found = (await page.evaluate(offsets)).sort((a, b) => a - b);
  assert.ok(found.length >= 10, `only ${found.length} speech pictures whose sound was found in what was played`);
  const middle = found[found.length >> 1], low = found[Math.floor(found.length * 0.05)], high = found[Math.floor(found.length * 0.95)];
  // ITU-R BT.1359: sound that is up to 45 ms early or 125 ms late is not noticed.
  assert.ok(middle > -125 && middle < 45, `the picture is ${middle} ms after its sound`);
  await page.screenshot({ path: `${folder}/3_after.png` });
  return `${found.length} pictures after their sound by ${middle.toFixed(0)} ms (median; 90 % between ${low.toFixed(0)} and ${high.toFixed(0)})`;
}

async function speaksText(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  if (await page.locator("#text-form").isHidden()) return "not run: espeak-ng is not installed";
  await page.fill("#text", "Numbers: one, two, three.");
  await page.click("#text-form button");
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1);
  return `${await page.evaluate(() => window.framegen.ends[0].position_ms)} ms spoken`;
}

async function heedsAnInterrupt(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "speech pictures are drawn", () => window.framegen.drawnSpeech > 8);
  const pressed = await page.evaluate(() => { document.getElementById("interrupt").click(); return performance.now(); });
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1);
  await sleepUntil(page, "the presenter is idle", (since) => window.noted.drawn.filter(({ number, at }) => at > since && !window.noted.media[number].speech).length > 10, pressed);
  const [end, late, idle] = await page.evaluate((since) => {
    const after = window.noted.drawn.filter(({ at }) => at > since);
    return [window.framegen.ends[0], after.filter(({ number }) => window.noted.media[number].speech).length,
      after.find(({ number }) => !window.noted.media[number].speech).at - since];
  }, pressed);
  assert.equal(end.interrupted, true);
  assert.equal(late, 0, "speech pictures drawn after the interrupt");
  await page.screenshot({ path: `${folder}/4_interrupted.png` });
  // Another segment is spoken as if nothing had been.
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "the next segment is drawn", (before) => window.framegen.drawnSpeech > before + 5, await page.evaluate(() => window.framegen.drawnSpeech));
  return `stopped at ${end.position_ms} ms, first idle picture after ${idle.toFixed(0)} ms`;
}

async function hearsTheMicrophone(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.click("#microphone");
  await sleepUntil(page, "what the microphone hears is spoken", () => window.framegen.drawnSpeech > 5);
  await page.click("#microphone");
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1);
}

// The page stands still for a while, as a tab does that is slow or hidden: what piled up must not stay as a delay.
async function catchesUp(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1);
  const before = await page.evaluate(() => {
    const until = performance.now() + 1500;
    while (performance.now() < until);
    return window.noted.media.length;
  });
  await sleepUntil(page, "what piled up has come", (count) => window.noted.media.length > count + 50, before);
  await sleepUntil(page, "the pictures catch up", () => window.noted.media.length - 1 - window.noted.drawn.at(-1).number <= 12);
}

const takes = (format) => async (page) => {
  await sleepUntil(page, `pictures come as ${format}`, (wanted) => window.framegen?.video === wanted && window.framegen.drawn > 25, format);
  await sleepUntil(page, "the figures say so", (name) => document.getElementById("figures").textContent.startsWith(name), { webrtc: "WebRTC", h264: "H.264", jpeg: "JPEG" }[format]);
  return page.locator("#figures").textContent();
};

const fallsBackTo = (format, name) => async (page) => {
  await sleepUntil(page, `${format} comes instead`, (wanted) => window.framegen?.video === wanted && window.framegen.drawn > 10, format);
  assert.match(await page.locator("#say").textContent(), new RegExp(`${name} cannot be used here`));
};

// Over WebRTC the browser plays sound and picture by itself, and says itself how far apart they are.
async function speaksOverWebRtc(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.video === "webrtc" && window.framegen.drawn > 25);
  const picture = () => page.evaluate(() => {
    const canvas = new OffscreenCanvas(160, 90), context = canvas.getContext("2d");
    context.drawImage(document.getElementById("video"), 0, 0, 160, 90);
    return Array.from(context.getImageData(0, 0, 160, 90).data);
  });
  const first = await picture();
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "the segment is spoken", () => window.framegen.starts.length === 1);
  const apart = [], packets = () => page.evaluate(async () => [...(await window.peer.getStats()).values()].find((report) => report.type === "inbound-rtp" && report.kind === "audio").packetsReceived);
  const began = Date.now(), before = await packets();
  const ended = () => page.evaluate(() => window.framegen.ends.length === 1);
  for (const since = Date.now(); !(await ended()) || Date.now() - since < 4000; ) {
    const ms = await page.evaluate(async () => {
      const found = {};
      for (const report of (await window.peer.getStats()).values()) if (report.type === "inbound-rtp") found[report.kind] = report.estimatedPlayoutTimestamp;
      return found.video - found.audio;
    });
    if (Number.isFinite(ms)) apart.push(ms);
    assert.ok(Date.now() - since < PATIENCE_MS, "the segment does not end");
    await page.waitForTimeout(100);
  }
  const energy = await page.evaluate(async () => [...(await window.peer.getStats()).values()].find((report) => report.type === "inbound-rtp" && report.kind === "audio").totalAudioEnergy);
  assert.ok(energy > 0.001, `nothing is heard (${energy})`);
  const moved = difference(first, await picture());
  assert.ok(moved > 0.2, `the picture stands still (${moved})`);
  await page.screenshot({ path: `${folder}/6_webrtc.png` });
  const middle = apart.sort((a, b) => a - b)[apart.length >> 1];
  // Where the server does not keep up, a browser fills the sound up and says nothing true of its place.
  const share = ((await packets()) - before) / 50 / ((Date.now() - began) / 1000);
  if (share > 0.97) assert.ok(Math.abs(middle) < 125, `the picture is ${middle} ms before its sound`);
  if (share <= 0.97) return `sound heard, the picture moves by ${moved.toFixed(2)}; sync not judged: this machine made ${(100 * share).toFixed(0)} % of the sound in time`;
  return `sound heard, the picture moves by ${moved.toFixed(2)}; picture before sound by ${middle?.toFixed(0)} ms (median of the browser's own ${apart.length} estimates)`;
}

async function isInterruptedOverWebRtc(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.video === "webrtc" && window.framegen.drawn > 10);
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "the segment is spoken", () => window.framegen.starts.length === 1);
  await page.click("#interrupt");
  await sleepUntil(page, "the segment ends", () => window.framegen.ends.length === 1);
  assert.equal(await page.evaluate(() => window.framegen.ends[0].interrupted), true);
}

// The browser says by itself that it is disconnected where its network goes; here it is told so.
async function beginsIceAnew(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.video === "webrtc" && window.framegen.drawn > 10);
  const way = () => page.evaluate(async () => {
    const all = [...(await window.peer.getStats()).values()], { iceLocalUsernameFragment, selectedCandidatePairId } = all.find((report) => report.type === "transport");
    return { name: iceLocalUsernameFragment, theirs: window.peer.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1], pair: selectedCandidatePairId };
  });
  const before = await way();
  await page.evaluate(() => {
    Object.defineProperty(window.peer, "connectionState", { get: () => "disconnected", configurable: true });
    window.peer.onconnectionstatechange();
    delete window.peer.connectionState;
  });
  await sleepUntil(page, "the server has a new name", (name) => window.peer.remoteDescription.sdp.match(/a=ice-ufrag:(.*)/)[1] !== name, before.theirs);
  const drawn = await page.evaluate(() => window.framegen.drawn);
  await sleepUntil(page, "pictures go on", (seen) => window.framegen.video === "webrtc" && window.framegen.drawn > seen + 50, drawn);
  const after = await way();
  assert.notEqual(after.name, before.name);
  assert.notEqual(after.pair, before.pair);
  assert.equal(await page.evaluate(() => window.peer.connectionState), "connected");
}

async function isMuted(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.click("#mute");
  await page.setInputFiles("#file", speech);
  await sleepUntil(page, "speech pictures are drawn", () => window.framegen.drawnSpeech > 12);
  const loudest = () => page.evaluate(() => Math.max(...window.noted.played.slice(-40).map((block) => Math.max(...block.map(Math.abs)))));
  assert.equal(await loudest(), 0);
  await page.click("#mute");
  await sleepUntil(page, "it is heard again", () => window.noted.played.slice(-20).some((block) => block.some((sample) => Math.abs(sample) > 0.01)));
}

// No mouse: each control is reached by Tab, says what it is, and does its work.
async function isUsedByKeyboard(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  const reached = new Set();
  for (let i = 0; i < 15; ++i) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
    if (id === "mute" && !reached.has(id)) await page.keyboard.press("Space");
    reached.add(id);
  }
  for (const control of ["microphone", "file", "interrupt", "mute", "full-screen"]) assert.ok(reached.has(control), `Tab does not reach ${control}: ${[...reached]}`);
  assert.equal(await page.getAttribute("#mute", "aria-pressed"), "true");
  await page.focus("#full-screen");
  await page.keyboard.press("Enter");
  await sleepUntil(page, "the presenter fills the screen", () => document.fullscreenElement?.id === "stage");
}

async function isAccessible(page) {
  await sleepUntil(page, "the presenter is there", () => window.framegen?.state === "ready");
  await page.addScriptTag({ path: axe });
  const violations = await page.evaluate(async () => (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 80))}`));
  assert.deepEqual(violations, []);
  const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= inner, `${width} pixels wide in a window of ${inner}`);
  await page.screenshot({ path: `${folder}/5_${inner}_wide.png` });
}

async function saysThatATokenIsMissing(page) {
  await sleepUntil(page, "why nothing comes is said", () => document.getElementById("say").textContent.includes("token"));
}

async function hasH264(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  const has = await page.evaluate(async () => Boolean(window.VideoDecoder && (await VideoDecoder.isConfigSupported({ codec: "avc1.64001f" })).supported));
  await page.close();
  if (!has) console.log("this browser decodes no H.264: JPEG alone is tested");
  return has;
}

// Sound and picture over WebRTC, by what is shown and played: the template frames of this server have numbers in them.
async function testSync() {
  const names = ["webrtc: sound and picture are in step", "webrtc: a bad line", "webrtc: what is torn apart is seen to be"];
  if (!names.some((name) => name.includes(only))) return;
  checkMeasure();
  const numbered = mkdtempSync(`${tmpdir()}/framegen-numbered-`), lines = [];
  const walk = await makeNumberedAvatar(browser, process.env.FRAMEGEN_SYNC_AVATAR ?? `${root}assets/avatars/ava`, numbered);
  const { server, url } = await serve("--avatar", numbered);
  const given = { speech: `${root}assets/speech/demo.flac`, walk }, small = { width: 480, height: 360 };  // painting is not what is measured
  try {
    await test(browser, url, names[0], watchesInStep(given), small);
    await test(browser, url, names[1], watchesOverABadLine(lines, { ...given, seconds: BAD_LINE_S }), { line: overABadLine(lines), ...small });
    await test(browser, url, names[2], seesWhatIsTornApart(given), { line: inStreamsOfTheirOwn, ...small });
  } finally {
    lines.forEach((line) => line.close());
    stop(server);
    rmSync(numbered, { recursive: true });
  }
}

const stop = (server) => {
  server.removeAllListeners("exit");
  server.kill("SIGTERM");
};

const started = Date.now();
const words = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${speech}`];
if (process.env.FRAMEGEN_PAGE) words.push("--disable-features=LocalNetworkAccessChecks");  // such a page is nobody's on this machine
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: words });
const serve = (...more) => startServer(framegen, "--max-sessions", "4", ...more);
const open = await serve(), guarded = await serve("--token", "secret");
try {
  console.log(`${await browser.version()}, ${open.url}`);
  const h264 = await hasH264(browser, open.url);
  for (const format of h264 ? ["jpeg", "h264"] : ["jpeg"]) {
    const url = `${open.url}?video=${format}`;
    await test(browser, url, `${format}: the page loads and the presenter is idle`, idles);
    await test(browser, url, `${format}: it is what comes`, takes(format));
    await test(browser, url, `${format}: a file is spoken in sync`, speaks);
    await test(browser, url, `${format}: an interrupt is heeded`, heedsAnInterrupt);
    await test(browser, url, `${format}: a pause of the page leaves no delay`, catchesUp);
  }
  const { webrtc } = await (await fetch(`${open.url}v1/avatars`)).json();
  const socket = `${open.url}?video=${h264 ? "h264" : "jpeg"}`;
  const noPeers = () => delete window.RTCPeerConnection, noCodecs = () => { delete window.RTCPeerConnection; delete window.VideoDecoder; };
  if (webrtc) {
    await test(browser, open.url, "WebRTC is taken where there is all", takes("webrtc"));
    await test(browser, open.url, "webrtc: a file is spoken", speaksOverWebRtc);
    await test(browser, open.url, "webrtc: an interrupt is heeded", isInterruptedOverWebRtc);
    await test(browser, open.url, "webrtc: ICE begins anew, and pictures go on", beginsIceAnew);
    await testSync();
    await test(browser, open.url, "the next best where WebRTC was promised and fails", fallsBackTo(h264 ? "h264" : "jpeg", "WebRTC"),
      // The watcher's farewell may come behind its session's end, which took it along: 404.
      { before: () => (RTCPeerConnection.prototype.setRemoteDescription = () => Promise.reject(new Error("no"))), expected: [/status of 404/] });
  }
  if (h264) {
    await test(browser, open.url, "H.264 where there is no WebRTC", takes("h264"), { before: noPeers });
    await test(browser, open.url, "JPEG where H.264 was promised and fails", fallsBackTo("jpeg", "H.264"),
      { before: () => { delete window.RTCPeerConnection; VideoDecoder.prototype.decode = () => { throw new Error("no"); }; } });
  }
  await test(browser, open.url, "JPEG where there is neither", takes("jpeg"), { before: noCodecs });
  await test(browser, socket, "text is spoken", speaksText);
  await test(browser, socket, "the microphone is heard", hearsTheMicrophone);
  await test(browser, socket, "mute is silence", isMuted);
  await test(browser, open.url, "the keyboard is enough", isUsedByKeyboard);
  await test(browser, open.url, "axe finds nothing", isAccessible);
  await test(browser, open.url, "axe finds nothing on a phone, and nothing sticks out", isAccessible, { width: 320, height: 640 });
  await test(browser, `${guarded.url}?token=secret&video=jpeg`, "a token lets it in", idles);
  if (webrtc) await test(browser, `${guarded.url}?token=secret`, "a token lets it in over WebRTC, too", takes("webrtc"));
  await test(browser, guarded.url, "without the token it says so", saysThatATokenIsMissing, { expected: [/403/] });
  console.log(`all well, ${((Date.now() - started) / 1000).toFixed(0)} s; screenshots in ${folder}`);
} finally {
  await browser.close();
  for (const { server } of [open, guarded]) stop(server);
}
