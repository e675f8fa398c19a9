"""Completion in Bash. Click's own script drops the names that it has found as soon as files may stand there too."""

from __future__ import annotations

import os
import re
import shlex

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n' response line type value
    response=$(env COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORDBREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    while IFS= read -r line; do
        type=${line%%%%,*} value=${line#*,}
        case $type in
            plain) COMPREPLY+=("$value") ;;
            part) COMPREPLY+=("$value"); compopt -o nospace ;;
            dir) COMPREPLY+=($(compgen -d -- "$value")); compopt -o filenames ;;
            file) COMPREPLY+=($(compgen -f -- "$value")); compopt -o filenames ;;
        esac
    done <<< "$response"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_SAFE = re.compile(r"[\w.,:/=@%+*?~-]+")


class Bash(BashComplete):
    """Names and files together; words are split as the shell's user sees them, `--set=width` and `conv:6` included."""

    source_template = SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        self._kept = 0
        if "COMP_LINE" not in os.environ:  # click's own script, from before an update
            return super().get_completion_args()
        line = os.environ["COMP_LINE"].encode()[: int(os.environ["COMP_POINT"])].decode(errors="replace")
        words = split_arg_string(line)
        incomplete = "" if not words or (line[-1:].isspace() and not line.endswith("\\ ")) else words.pop()
        breaks = [mark for mark in "=:@" if mark in os.environ["COMP_WORDBREAKS"]]
        kept = max([incomplete.rfind(mark) + 1 for mark in breaks], default=0)  # Bash replaces only what is behind them
        option = incomplete.index("=") + 1 if incomplete.startswith("--") and "=" in incomplete else 0  # click does not see it
        self._kept = max(kept - option, 0)
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem[str]) -> str:
        if item.type != "plain":
            return f"{item.type},{item.value}"
        shown = str(item.value)[self._kept :]
        kind = "part" if shown.endswith(("=", ".")) else "plain"
        return f"{kind},{shown if _SAFE.fullmatch(shown) else shlex.quote(shown)}"


def install() -> None:
    """Complete with this script in Bash."""
    add_completion_class(Bash, "bash")
