"""README.md is executed: its commands run, what they print stands below them, and its reference parts are generated.

    python tests/readme.py        writes README.md anew

- A ```yaml block that begins with `# file: NAME` is a file for the commands that follow.
- In a ```console block every line `$ command` is run, and the lines below it are its output.
- Between `<!-- run: command -->` and `<!-- end -->` stands what the command prints.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_FILE = re.compile(r"```yaml\n# file: (\S+)\n(.*?)```", re.DOTALL)
_CONSOLE = r"(?P<console>```console\n(?P<lines>.*?)```)"
_GENERATED = r"(?P<head><!-- run: (?P<command>.*?) -->\n).*?<!-- end -->"
_PART = re.compile(f"{_CONSOLE}|{_GENERATED}", re.DOTALL)


def run(command: str, folder: str) -> str:
    """What a command prints, standard error included, as when it is piped."""
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    environment["PATH"] = sysconfig.get_path("scripts") + os.pathsep + environment["PATH"]
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines()) + "\n"


def renewed(text: str) -> str:
    """The text with every output and generated part as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in _FILE.findall(text):
            (Path(folder) / name).write_text(content, encoding="utf-8")

        def renew(part: re.Match[str]) -> str:
            if part["console"]:
                commands = [line[2:] for line in part["lines"].splitlines() if line.startswith("$ ")]
                return "```console\n" + "\n".join(f"$ {command}\n{run(command, folder)}" for command in commands) + "```"
            printed = run(part["command"], folder)
            table = printed if printed.startswith("|") else f"```text\n{printed.strip()}\n```\n"
            return f"{part['head']}{table}<!-- end -->"

        return _PART.sub(renew, text)


if __name__ == "__main__":
    written = renewed(README.read_text(encoding="utf-8"))
    README.write_text(written, encoding="utf-8")
    sys.stdout.write(f"{README.name}: {len(written.splitlines())} lines\n")
