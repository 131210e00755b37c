"""Stands in for curl on a machine that has Python and nothing else: the few options of it that the README uses."""

import sys
from pathlib import Path

import httpx


def main(arguments: list[str]) -> int:
    """Ask as curl would, print the answer's body, and give curl's exit code: 22 for a refused request."""
    headers = {}
    body = None
    method = None
    address = ""
    while arguments:
        match arguments.pop(0):
            case "-sS" | "--fail-with-body":
                pass  # What it does anyway.
            case "-H":
                name, value = arguments.pop(0).split(": ", 1)
                headers[name] = value
            case "-X":
                method = arguments.pop(0)
            case "-d" | "--data-binary":
                body = arguments.pop(0)
            case address:
                pass
    content = Path(body[1:]).read_bytes() if body is not None and body.startswith("@") else body
    method = method or ("GET" if body is None else "POST")
    answer = httpx.request(method, address, headers=headers, content=content, timeout=30)
    sys.stdout.write(answer.text)
    return 22 if answer.is_error else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
