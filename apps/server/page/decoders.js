// decoders.js: pictures of a session as images to draw: H.264 by WebCodecs where the browser has it, JPEG everywhere.

const H264 = { optimizeForLatency: true };

// "avc1.64001f" out of a key picture's sequence parameter set: its profile, constraints and level.
function codecOf(unit) {
  for (let i = 0; i + 6 < unit.length; ++i)
    if (unit[i] === 0 && unit[i + 1] === 0 && unit[i + 2] === 1 && (unit[i + 3] & 31) === 7)
      return `avc1.${Array.from(unit.subarray(i + 4, i + 7), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  return null;
}

/** WebCodecs: secure contexts only, H.264 optional. */
export async function hasH264() {
  if (typeof VideoDecoder === "undefined") return false;
  return VideoDecoder.isConfigSupported({ ...H264, codec: "avc1.64001f" }).then(({ supported }) => supported, () => false);
}

/** Each image decoded on its own. `done(image)`: an ImageBitmap, or null where it is broken. */
export class JpegPictures {
  decode({ image }, done) {
    createImageBitmap(new Blob([image], { type: "image/jpeg" })).then(done, () => done(null));
  }
  close() {}
}

/** Images in order, each at once. `failed(why)` is called once where the browser cannot go on. */
export class H264Pictures {
  waiting = new Map();  // by time stamp: who is to be given the image
  decoder = null;
  over = false;

  constructor(failed) {
    this.failed = (error) => {
      if (this.over) return;
      this.close();
      failed(error.message);
    };
  }

  decode({ image, key, ptsUs }, done) {
    if (this.over) return done(null);
    try {
      if (!this.decoder) {
        if (!key) return done(null);
        this.decoder = new VideoDecoder({ output: (frame) => this.give(frame), error: this.failed });
        this.decoder.configure({ ...H264, codec: codecOf(image) ?? "avc1.64001f" });
      }
      this.waiting.set(ptsUs, done);
      this.decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: ptsUs, data: image }));
    } catch (error) {
      this.failed(error);
    }
  }

  // What was put in before it and has not come out will not come any more.
  give(frame) {
    for (const [ptsUs, done] of this.waiting) {
      if (ptsUs > frame.timestamp) break;
      this.waiting.delete(ptsUs);
      if (ptsUs === frame.timestamp) return done(frame);
      done(null);
    }
    frame.close();
  }

  close() {
    this.over = true;
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    for (const done of this.waiting.values()) done(null);
    this.waiting.clear();
  }
}
