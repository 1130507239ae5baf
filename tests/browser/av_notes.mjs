// av_notes.mjs: notes in a page what its <video> shows and its sound track plays, and when: pictures by the numbers in them, sound as its very samples.
import { readFileSync } from "node:fs";
import { MARK } from "./numbered_avatar.mjs";

export const RATE = 16000;  // of the samples that are compared

/** From now on, while the presenter is idle: the first pictures tell which number belongs to which time. */
export const beginNotes = (page) => page.evaluate(note, MARK);

// In the page.
function note({ square, squares }) {
  const notes = (window.avNotes = { shown: [], pieces: [], starts: [], late: [] });
  const video = document.getElementById("video"), small = 8;
  const canvas = Object.assign(document.createElement("canvas"), { width: squares * small, height: small }), context = canvas.getContext("2d", { willReadFrequently: true });
  const number = () => {
    context.drawImage(video, 0, 0, squares * square, square, 0, 0, canvas.width, small);
    const { data } = context.getImageData(0, 0, canvas.width, small);
    const light = Array.from({ length: squares }, (_, i) => data[4 * ((canvas.width * small) / 2 + i * small + small / 2)]);
    return light[0] > 160 && light[1] < 96 ? light.slice(2).reduce((all, value, i) => all | ((value > 128) << i), 0) : null;
  };
  const next = () => video.requestVideoFrameCallback((_, { expectedDisplayTime, rtpTimestamp }) => {
    if (notes.over) return;  // the page was busy giving its notes away: no picture's time tells anything any more
    // Reading costs a picture's conversion: each until the first speech, then every fifth, which a late face shows in as well.
    notes.shown.push({ at: expectedDisplayTime, rtp: rtpTimestamp, number: notes.starts.length && notes.shown.length % 5 ? undefined : number() });
    next();
  });
  next();
  // A piece's time stamp is when the player took it out of the jitter buffer, by the clock of all processes.
  const track = window.peer.getReceivers().map((receiver) => receiver.track).find(({ kind }) => kind === "audio");
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }).readable.getReader();
  const hear = async () => {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const { value } = piece, samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      notes.pieces.push({ at: value.timestamp / 1000, came: performance.now(), rate: value.sampleRate, samples });
      value.close();
    }
  };
  hear();
  notes.end = () => {
    notes.over = true;
    return reader.cancel();
  };
  window.socket.addEventListener("message", ({ data }) => {
    const message = typeof data === "string" ? JSON.parse(data) : {};
    if (message.type === "segment_start") notes.starts.push({ at: performance.now(), ms: message.pts_us / 1000 });
    if (message.type === "stats") notes.late.push({ at: performance.now(), count: message.late_frames });
  });
}

/** Ends them → {shown, starts, late, pieces: [{at, came, count}], heard, said}, the last two as samples: all that was played, and the speech that was pushed. */
export async function endNotes(page, speech) {
  const notes = await page.evaluate(giveNotes, { rate: RATE, speech: readFileSync(speech, "base64") });
  const floats = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);
  return { ...notes, heard: floats(notes.heard), said: floats(notes.said) };
}

async function giveNotes({ rate, speech }) {
  const { shown, starts, late, pieces, end } = window.avNotes;
  await end();
  const step = pieces[0].rate / rate;  // 48 kHz: three
  const heard = new Float32Array(pieces.reduce((count, { samples }) => count + samples.length / step, 0));
  let at = 0;
  for (const { samples } of pieces)
    for (let i = 0; i + step <= samples.length; i += step) heard[at++] = samples.subarray(i, i + step).reduce((sum, value) => sum + value, 0) / step;
  const bytes = await (await fetch(`data:application/octet-stream;base64,${speech}`)).arrayBuffer();
  const said = (await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes)).getChannelData(0);
  const base64 = (floats) => new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(new Blob([floats]));
  });
  return { shown, starts, late, pieces: pieces.map(({ at, came, samples }) => ({ at, came, count: samples.length / step })), heard: await base64(heard), said: await base64(said) };
}
