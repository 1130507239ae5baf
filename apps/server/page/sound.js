// sound.js: plays the sound as it comes, and says how much of it has been heard; records a microphone.
class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];   // Float32Array pieces at the context's own rate
    this.offset = 0;   // in queue[0]
    this.held = 0;     // samples in the queue
    this.heard = 0;    // samples of the stream played so far
    this.playing = false;
    this.port.onmessage = ({ data }) => {
      if (data.clear) { this.heard += this.held; this.queue = []; this.offset = this.held = 0; return; }
      this.queue.push(data);
      this.held += data.length;
    };
  }
  process(_, [[out]]) {
    // A little is saved up first, so that a late packet does not click.
    if (!this.playing && this.held >= sampleRate * 0.12) this.playing = true;
    if (this.playing) {
      let at = 0;
      while (at < out.length && this.queue.length) {
        const piece = this.queue[0];
        const count = Math.min(out.length - at, piece.length - this.offset);
        out.set(piece.subarray(this.offset, this.offset + count), at);
        at += count;
        this.offset += count;
        if (this.offset === piece.length) { this.queue.shift(); this.offset = 0; }
      }
      this.held -= at;
      this.heard += at;
      if (at < out.length) this.playing = false;
    }
    this.port.postMessage(this.heard);
    return true;
  }
}

class Recorder extends AudioWorkletProcessor {
  process([[input]]) {
    if (input) this.port.postMessage(input.slice());
    return true;
  }
}

registerProcessor("player", Player);
registerProcessor("recorder", Recorder);
