// numbered_avatar.mjs: an avatar whose template frames have their numbers in them, so that who sees a picture knows which one it is.
import { cpSync, readFileSync, writeFileSync } from "node:fs";

/** Squares along the upper edge, two of H.264's blocks wide each, so that a low rate leaves them legible: white, black, and the number's bits, the least first. */
export const MARK = { square: 32, squares: 8 };

/** `from`, an avatar's folder, to `to`, with numbers. The browser paints. → how its template frames are walked through: how many, and which is the first. */
export async function makeNumberedAvatar(browser, from, to) {
  cpSync(from, to, { recursive: true });
  const { frames, first_index } = JSON.parse(readFileSync(`${from}/avatar.json`));
  if (frames.length > 2 ** (MARK.squares - 2)) throw new Error(`${from}: ${frames.length} template frames are more than ${MARK.squares - 2} bits can number`);
  const page = await browser.newPage();
  for (const [number, file] of frames.entries()) {
    const painted = await page.evaluate(paint, { ...MARK, number, jpeg: readFileSync(`${from}/${file}`, "base64") });
    writeFileSync(`${to}/${file}`, Buffer.from(painted, "base64"));
  }
  await page.close();
  return { frames: frames.length, first: first_index };
}

async function paint({ square, squares, number, jpeg }) {
  const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${jpeg}`)).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height }), context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  for (let i = 0; i < squares; ++i) {
    context.fillStyle = i === 0 || (i > 1 && (number >> (i - 2)) & 1) ? "white" : "black";
    context.fillRect(i * square, 0, square, square);
  }
  return canvas.toDataURL("image/jpeg", 0.95).split(",")[1];
}
