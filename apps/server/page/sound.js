// sound.js: plays the sound as it comes, and says how much of it has been heard; records a microphone.
const LEAST_SAVED_S = 0.12;  // before it begins to play, so that a late packet does not click
const MOST_SAVED_S = 0.25;   // in silence
class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];   // {at: place in the stream, samples: Float32Array at the context's own rate}
    this.offset = 0;   // in queue[0]
    this.held = 0;     // samples in the queue
    this.heard = 0;    // place in the stream of what is played next
    this.playing = false;
    this.port.onmessage = ({ data }) => {
      if (data.clear) { this.heard = data.clear; this.queue = []; this.offset = this.held = 0; return; }
      // After a hiccup of the network everything would stay late by its length: silence is where that is made good.
      if (data.silence && this.held > sampleRate * MOST_SAVED_S) return;
      this.queue.push(data);
      this.held += data.samples.length;
    };
  }
  process(_, [[out]]) {
    if (!this.playing && this.held >= sampleRate * LEAST_SAVED_S) this.playing = true;
    if (this.playing) {
      let at = 0;
      while (at < out.length && this.queue.length) {
        const piece = this.queue[0];
        const count = Math.min(out.length - at, piece.samples.length - this.offset);
        out.set(piece.samples.subarray(this.offset, this.offset + count), at);
        at += count;
        this.offset += count;
        this.heard = piece.at + this.offset;
        if (this.offset === piece.samples.length) { this.queue.shift(); this.offset = 0; }
      }
      this.held -= at;
      if (at < out.length) this.playing = false;
    }
    this.port.postMessage(this.heard);
    return true;
  }
}

class Recorder extends AudioWorkletProcessor {
  block = new Float32Array(sampleRate / 25);
  filled = 0;
  process([[input]]) {
    for (const sample of input ?? []) {
      this.block[this.filled++] = sample;
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block.slice());
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("player", Player);
registerProcessor("recorder", Recorder);
