// wait.mjs: waits for a condition in a page.
export const PATIENCE_MS = 60000;  // a busy machine is slow, and nothing is said about it here

export const sleepUntil = (page, what, condition, words) => page.waitForFunction(condition, words, { timeout: PATIENCE_MS, polling: 20 })
  .catch(async (error) => {
    const state = await page.evaluate(() => [JSON.stringify(window.framegen), document.getElementById("say").textContent]).catch(() => []);
    throw new Error(`${what}: ${error.message.split("\n")[0]} ${state.join(" · ")}`);
  });
