// client_test.mjs: the compiled module is what the source makes, and it speaks with a real server.
//   node test/client_test.mjs FRAMEGEN AVATAR        without them: the first half alone
// Exit 77 where this Node has no WebSocket. Without TypeScript (npm ci) it is not compiled again, but for FRAMEGEN_COMPILE=1.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FramegenError, Session, parsePicture, toInt16 } from "../dist/framegen.js";
import { startServer } from "./server.mjs";

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const [framegen, avatar] = process.argv.slice(2);

function compiledAgain() {
  const folder = mkdtempSync(join(tmpdir(), "framegen-client-"));
  try {
    execFileSync(join(here, "node_modules/.bin/tsc"), ["-p", here, "--outDir", folder]);
    for (const file of ["framegen.js", "framegen.d.ts"])
      assert.equal(readFileSync(join(here, "dist", file), "utf8"), readFileSync(join(folder, file), "utf8"), `dist/${file} is not what src/framegen.ts makes: npm run build`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Every name that the types promise is there, and none besides.
function typesAndModuleAgree(module) {
  const types = readFileSync(join(here, "dist/framegen.d.ts"), "utf8");
  const promised = [...types.matchAll(/^export declare (?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(module).sort(), promised.sort());
  const methods = types.slice(types.indexOf("class Session")).matchAll(/^ {4}(?!private|readonly|static|constructor)(?:get )?(\w+)(?:<[^>]*>)?\(/gm);
  for (const [, method] of methods) assert.ok(method in module.Session.prototype, `Session has no ${method}`);
}

function parses() {
  const message = new ArrayBuffer(36 + 8 + 3);
  const view = new DataView(message);
  view.setUint32(0, 0x314d4746, true);
  view.setUint8(4, 2);
  view.setUint8(5, 3);
  view.setUint16(6, 36, true);  // a later version's header
  view.setBigUint64(8, 80000n, true);
  view.setUint32(16, 7, true);
  view.setUint32(20, 8, true);
  view.setUint32(24, 3, true);
  view.setUint16(28, 640, true);
  view.setUint16(30, 360, true);
  view.setInt16(36, -5, true);
  view.setUint8(44, 0xff);
  const picture = parsePicture(message);
  assert.deepEqual({ ...picture, sound: [...picture.sound], image: [...picture.image] },
    { speech: true, ownSound: true, key: true, ptsUs: 80000, segment: 7, width: 640, height: 360, sound: [-5, 0, 0, 0], image: [255, 0, 0] });
  assert.equal(parsePicture(message.slice(0, 40)), null, "cut off");
  assert.equal(parsePicture(new ArrayBuffer(40)), null, "another magic");
  assert.deepEqual([...toInt16(new Float32Array([0, 0.5, -2, 2]))], [0, 16384, -32768, 32767]);
}

// A server of this test's own: what it says is in its hands.
class OwnSocket {
  bufferedAmount = 0;
  constructor() {
    OwnSocket.last = this;
    setTimeout(() => this.onopen());
  }
  send(text) {
    if (JSON.parse(text).type === "start") this.says({ type: "ready", rate: 16000 });
  }
  close() {}
  says(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }
  shows(segment, key) {
    const message = new ArrayBuffer(33);
    const view = new DataView(message);
    view.setUint32(0, 0x314d4746, true);
    view.setUint8(5, key ? 2 : 0);
    view.setUint16(6, 32, true);
    view.setUint32(16, segment, true);
    view.setUint32(24, 1, true);
    this.onmessage({ data: message });
  }
}

// Of H.264 nothing is handed on that refers to a picture of an interrupted segment.
async function holdsBackWhatRefersToNothing() {
  const session = await Session.connect("http://nowhere", { WebSocket: OwnSocket, video: { format: "h264" } });
  const socket = OwnSocket.last, seen = [];
  session.on("picture", ({ segment, key, image }) => seen.push([segment, key, image.length]));
  socket.shows(0, true);
  socket.shows(1, false);
  session.interrupt();
  socket.shows(0, false);  // before the answer, but no picture was thrown away yet
  socket.shows(1, false);
  socket.shows(0, false);
  socket.says({ type: "interrupted", segment: 1 });
  socket.shows(1, false);
  socket.shows(0, false);
  socket.shows(0, true);
  socket.shows(0, false);
  assert.deepEqual(seen, [[0, true, 1], [1, false, 1], [0, false, 1], [0, false, 0], [0, false, 0], [0, true, 1], [0, false, 1]]);
  const jpegs = await Session.connect("http://nowhere", { WebSocket: OwnSocket });
  let shown = 0;
  jpegs.on("picture", ({ image }) => (shown += image.length));
  jpegs.interrupt();
  OwnSocket.last.shows(1, false);
  OwnSocket.last.shows(0, false);
  assert.equal(shown, 1);
}

async function served(body) {
  const { server, url } = await startServer(framegen, "--avatar", avatar, "--max-sessions", "2", "--no-cache", "--tts", "no-such-voice");
  try {
    await body(url);
  } finally {
    server.kill("SIGKILL");
  }
}

const RATE = 16000;
const ramp = (n) => Int16Array.from({ length: n }, (_, i) => (i * 7) % 30000);

async function speaks(url) {
  const session = await Session.connect(url, { rate: RATE, pace: "fast" });
  assert.equal(session.ready.rate, RATE);
  const heard = [];
  let speech = 0;
  session.on("picture", (picture) => {
    if (picture.ownSound) heard.push(...picture.sound);
    speech += picture.speech;
    if (picture.speech) assert.deepEqual([...picture.image.subarray(0, 2)], [0xff, 0xd8]);
  });
  const samples = ramp(RATE);
  assert.equal(await session.speak(samples), true);
  const end = await session.once("segmentend");
  assert.deepEqual([end.segment, end.position_ms, end.interrupted], [1, 1000, false]);
  assert.deepEqual(heard.slice(0, RATE), [...samples]);
  assert.ok(speech >= 23, `${speech} pictures speak`);
  await session.stop();
}

async function isInterrupted(url) {
  const session = await Session.connect(url, { rate: RATE, video: { format: "none" } });
  let after = null;
  session.on("picture", ({ segment, speech }) => {
    if (after !== null) after.push([segment, speech]);
  });
  session.push(ramp(2 * RATE));
  await session.once("segmentstart");
  session.interrupt();
  after = [];
  const end = await session.once("segmentend");
  assert.deepEqual([end.segment, end.interrupted], [1, true]);
  session.push(new Float32Array(RATE).fill(0.1));
  session.flush();
  assert.equal((await session.once("segmentend")).segment, 2);
  assert.ok(after.every(([segment]) => segment !== 1), "something of the interrupted segment came after it");
  assert.ok(after.some(([segment, speech]) => segment === 2 && speech));
  session.close();
  await session.once("close");
}

async function iterates(url) {
  const session = await Session.connect(url, { rate: RATE, video: { format: "none" } });
  let pictures = 0, first = null;  // one may have come together with the server's first word
  for await (const picture of session) {
    first ??= picture.ptsUs;
    assert.equal(picture.ptsUs - first, 40000 * pictures);
    if (++pictures === 5) session.close();
  }
  assert.ok(pictures >= 5);
}

async function complains(url) {
  await assert.rejects(Session.connect(url, { avatar: "nobody" }), (error) => error instanceof FramegenError && /there is no "nobody" here/.test(error.message));
  await assert.rejects(Session.connect("http://127.0.0.1:9"), FramegenError);
  const session = await Session.connect(url, { rate: RATE });
  session.say("Hello.");
  const { why } = await session.once("sayfailed");
  assert.match(why, /cannot be run/);
  session.close();
}

if (framegen && !globalThis.WebSocket) {
  console.log("SKIP: this Node has no WebSocket (22, or 20 with --experimental-websocket, has one)");
  process.exit(77);
}
if (process.env.FRAMEGEN_COMPILE || existsSync(join(here, "node_modules/.bin/tsc"))) compiledAgain();
typesAndModuleAgree(await import("../dist/framegen.js"));
parses();
await holdsBackWhatRefersToNothing();
if (framegen) await served(async (url) => {
  for (const test of [speaks, isInterrupted, iterates, complains]) {
    await test(url);
    console.log(`ok: ${test.name}`);
  }
});
console.log(framegen ? "the client speaks with the server" : "the compiled module is the source's");
