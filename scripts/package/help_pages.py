#!/usr/bin/env python3
"""help_pages.py PROGRAM FOLDER: man pages and completions for bash, zsh and fish, made from what the program itself says under help.

Writes FOLDER/man1/framegen.1, framegen-COMMAND.1 for each command, FOLDER/framegen.bash, FOLDER/_framegen and FOLDER/framegen.fish.
"""
import datetime
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

# As all makers of packages have it: the same pages from the same sources.
DATE = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())), datetime.timezone.utc).date()


@dataclass
class Option:
    names: list          # ["-o", "--output"]
    takes: str           # "TEXT", "INT"; empty: a flag
    choices: list        # [] where anything goes
    default: str
    says: str = ""


@dataclass
class Command:
    name: str
    says: str
    usage: str = ""
    options: list = field(default_factory=list)   # (group, [Option])
    example: str = ""


def helped(program, *words):
    return subprocess.run([program, "help", *words], check=True, capture_output=True, text=True).stdout


def grouped(text):
    """{group: [[left, right], …]} of a help page."""
    groups, now, last = {}, None, None
    for line in text.splitlines():
        if re.match(r"\S.*:$", line) and not line.startswith("Usage:"):
            now, last = groups.setdefault(line[:-1], []), None
        elif now is not None and re.match(r"  \S", line):
            left, _, right = line.strip().partition("  ")
            last = [left, right.strip()]
            now.append(last)
        elif last is not None and line.startswith(" " * 34):
            last[1] = (last[1] + " " + line.strip()).strip()
    return groups


def option_of(left, right):
    words = left.split(" ")
    names = words[0].split(",")
    rest = re.sub(r" ?(REQUIRED|Excludes:( --?\S+)+|Needs:( --?\S+)+|\.\.\.)", "", " ".join(words[1:]))
    takes = re.match(r"[A-Z]+", rest)
    choices = re.search(r":\{([^}]*)\}", rest)
    default = re.search(r"(?:\}|\]|^[A-Z]+)=(\S+)$", rest)
    return Option(names, takes.group(0) if takes else "", choices.group(1).split(",") if choices else [],
                  default.group(1) if default else "", right)


def command_of(program, name, says):
    text = helped(program, name)
    command = Command(name, says, re.search(r"^Usage: (.*)$", text, re.M).group(1))
    for group, lines in grouped(text).items():
        if group == "Example":
            command.example = lines[0][0] + ("  " + lines[0][1] if lines[0][1] else "")
        elif group != "Positionals":
            command.options.append((group, [option_of(*line) for line in lines]))
    return command


def commands_of(program):
    groups = grouped(helped(program))
    return [(group, [command_of(program, *line) for line in lines]) for group, lines in groups.items() if group != "Options"]


def roff(text):
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("…", "...").replace("−", r"\-").replace("→", r"\(->")
    return re.sub(r"^\.", r"\&.", text).replace("×", r"\(mu")


def page(title, version, name, says, body):
    return (f'.TH {title.upper()} 1 {DATE} "framegen {version}" "User Commands"\n.SH NAME\n{roff(name)} \\- {roff(says)}\n' + body)


def option_roff(option):
    names = ", ".join(rf"\fB{roff(name)}\fR" for name in option.names)
    value = "|".join(option.choices) if option.choices else option.takes.lower()
    default = f" Default: {option.default}." if option.default and "default" not in option.says else ""
    return f".TP\n{names}{f' {chr(92)}fI{roff(value)}{chr(92)}fR' if value else ''}\n{roff(option.says + ('.' if default else '') + default)}\n"


def command_page(command, version):
    body = f".SH SYNOPSIS\n\\fB{roff(command.usage)}\\fR\n"
    for group, options in command.options:
        body += f".SH {roff(group).upper()}\n" + "".join(map(option_roff, options))
    if command.example:
        body += f".SH EXAMPLE\n.nf\n{roff(command.example)}\n.fi\n"
    body += ".SH SEE ALSO\n.BR framegen (1)\n"
    return page(f"framegen\\-{roff(command.name)}", version, f"framegen-{command.name}", command.says, body)


def main_page(groups, version):
    body = ".SH SYNOPSIS\n.B framegen\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n"
    body += "Makes videos of a presenter who speaks what a sound file, a text or a live stream says, on an ordinary CPU.\n"
    for group, commands in groups:
        body += f".SH {roff(group).upper()}\n"
        body += "".join(f".TP\n.BR framegen\\-{roff(c.name)} (1)\n{roff(c.says)}\n" for c in commands)
    body += (".SH EXIT STATUS\n0 done; 1 a fault of framegen, or no memory; 2 bad use; 3 bad input; 4 the avatar is missing or broken; "
             "5 the output cannot be written; 130 stopped with Ctrl\\-C.\n")
    return page("framegen", version, "framegen", "turn speech into a lip-synced video of a presenter", body)


def bash(commands):
    arms, values = "", ""
    for command in commands:
        names = [name for _, options in command.options for option in options for name in option.names]
        arms += f'    {command.name}) words="{" ".join(names)}" ;;\n'
        for _, options in command.options:
            for option in options:
                if option.choices:
                    keys = "|".join(f"{command.name}:{name}" for name in option.names)
                    values += f'    {keys}) COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$now")); return ;;\n'
                elif "--avatar" in option.names:
                    values += (f'    {command.name}:--avatar) COMPREPLY=($(compgen -W "$(framegen avatars --json 2>/dev/null | '
                               """sed -n 's/.*"name": *"\\([^"]*\\)".*/\\1/p')" -d -- "$now")); return ;;\n""")
    names = " ".join(command.name for command in commands)
    return f"""# framegen.bash: completion of framegen's words, made from its own help.
_framegen() {{
  local now=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} words=
  if [ "$COMP_CWORD" = 1 ] || [ "${{COMP_WORDS[1]}}:$COMP_CWORD" = help:2 ]; then
    COMPREPLY=($(compgen -W "{names} help version" -- "$now"))
    return
  fi
  case "${{COMP_WORDS[1]}}:$before" in
{values}  esac
  case "${{COMP_WORDS[1]}}" in
{arms}  esac
  COMPREPLY=()
  [[ "$now" != -* ]] || COMPREPLY=($(compgen -W "$words" -- "$now"))
}}
complete -o default -F _framegen framegen
"""


def quoted(text):
    return text.replace("'", "'\\''")


def zsh(commands):
    def spec(option):
        says = re.sub(r"([\[\]:\\])", r"\\\1", option.says)
        names = option.names[0] if len(option.names) == 1 else "{" + ",".join(option.names) + "}"
        exclusive = "(" + " ".join(option.names) + ")" if len(option.names) > 1 else ""
        value = ""
        if option.takes:
            value = f":{option.takes.lower()}:" + (f"({' '.join(option.choices)})" if option.choices else "_files")
        text = quoted(f"[{says}]{value}")
        return f"'{exclusive}'{names}'{text}'" if exclusive else f"'{names}{text}'"
    arms = ""
    for command in commands:
        specs = " \\\n        ".join(spec(option) for _, options in command.options for option in options)
        arms += f"      {command.name})\n      _arguments \\\n        {specs} \\\n        '*:file:_files' ;;\n"
    names = "\n    ".join(f"'{command.name}:{quoted(command.says)}'" for command in commands)
    return f"""#compdef framegen
# _framegen: completion of framegen's words, made from its own help.
local -a commands
commands=(
    {names}
    'help:how a command is used'
    'version:which framegen this is')
if (( CURRENT == 2 )) || [[ $words[2] == help && $CURRENT == 3 ]]; then
  _describe command commands
  return
fi
local chosen=$words[2]
shift words
(( CURRENT-- ))
case $chosen in
{arms}esac
"""


def fish(commands):
    out = "# framegen.fish: completion of framegen's words, made from its own help.\n"
    for command in commands:
        out += f"complete -c framegen -n __fish_use_subcommand -f -a {command.name} -d '{quoted(command.says)}'\n"
    for name, says in (("help", "how a command is used"), ("version", "which framegen this is")):
        out += f"complete -c framegen -n __fish_use_subcommand -f -a {name} -d '{says}'\n"
    for command in commands:
        for _, options in command.options:
            for option in options:
                words = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
                takes = f" -x -a '{' '.join(option.choices)}'" if option.choices else " -r" if option.takes else ""
                out += f"complete -c framegen -n '__fish_seen_subcommand_from {command.name}' {words}{takes} -d '{quoted(option.says)}'\n"
    return out


def main(program, folder):
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    groups = commands_of(program)
    commands = [command for _, members in groups for command in members]
    if len(commands) < 10 or not all(command.options for command in commands):
        sys.exit("help_pages.py: the program's help is not what this reads any more")
    man = Path(folder) / "man1"
    man.mkdir(parents=True, exist_ok=True)
    (man / "framegen.1").write_text(main_page(groups, version))
    for command in commands:
        (man / f"framegen-{command.name}.1").write_text(command_page(command, version))
    for name, text in (("framegen.bash", bash(commands)), ("_framegen", zsh(commands)), ("framegen.fish", fish(commands))):
        (Path(folder) / name).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
