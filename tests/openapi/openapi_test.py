#!/usr/bin/env python3
# openapi_test.py: framegen serve asked by schemathesis all that docs/openapi.yaml allows, and much that it does not.
#   openapi_test.py FRAMEGEN AVATAR [WORD OF SCHEMATHESIS]…        (./run openapi does the rest)
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOKEN = "a-secret-of-the-test"


def main():
    framegen, avatar, *words = sys.argv[1:]
    server = subprocess.Popen(
        [framegen, "serve", "--listen", "127.0.0.1:0", "--avatar", avatar, "--max-sessions", "16", "--no-cache", "--max-render-s", "2"],
        stderr=subprocess.PIPE, text=True, env={**os.environ, "FRAMEGEN_TOKEN": TOKEN})  # fmt: skip
    try:
        lines = iter(server.stderr)
        url = next((found.group(0) for line in lines if (found := re.search(r"http://[\d.]+:\d+", line))), None)
        if url is None:
            print("openapi_test.py: framegen serve did not start", file=sys.stderr)
            return 1
        asked = subprocess.run(
            [str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml"), "run",
             str(HERE.parents[1] / "docs" / "openapi.yaml"), "--url", url, "--header", f"Authorization: Bearer {TOKEN}",
             # What is there may be gone: a watcher goes with its session, which a `stop` may end, and after 15 s without a sign of life.
             "--checks", "all", "--exclude-checks", "ensure_resource_availability", "--seed", "1", "--max-examples", "50", "--continue-on-failure", "--warnings", "off", *words],
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}, cwd=HERE, check=False).returncode  # fmt: skip
        if server.poll() is not None:
            print(f"openapi_test.py: framegen serve died, {server.returncode}", file=sys.stderr)
            return 1
        return asked
    finally:
        server.terminate()
        if server.wait(60) != 0:
            print(f"openapi_test.py: framegen serve ended with {server.returncode}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
