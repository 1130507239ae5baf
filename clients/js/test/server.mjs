// server.mjs: `framegen serve` for tests: any free port of this machine.
import { spawn } from "node:child_process";

/** Resolves to the process and the address that it says, once it serves. Rejects with its own words where it ends before that. */
export async function startServer(framegen, ...words) {
  const server = spawn(framegen, ["serve", "--listen", "127.0.0.1:0", ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const url = await new Promise((resolve, reject) => {
    let told = "";
    server.stderr.on("data", (data) => {
      told += data;
      const found = told.match(/http:\/\/[\d.]+:\d+\//);
      if (found) resolve(found[0]);
    });
    server.on("exit", (code) => reject(new Error(`framegen serve ended with ${code}: ${told}`)));
  });
  return { server, url };
}
