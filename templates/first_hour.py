"""Runs the commands of Markdown pages as a reader does, in several terminals, and checks what they print.

    first_hour.py PAGE [--only WORD] [--replace OLD=NEW]…

Each command is printed with the time it took.

A block that begins with ```console has commands, each with the lines that it prints. The prompt names the terminal: a command
of `$` has to end, with exit code 0; one of another terminal, such as `worker$`, goes on until the page says `worker$ ^C`, and has to
end with exit code 0, too.

Of what is printed, the page may leave out lines, and parts of a line, as `…`. What it has must be printed, in this order. Words
behind `console` say more:

    again    the command is repeated until it prints this
    fails    the exit code is not 0
    docker   run only where a Docker daemon is
    by-hand  not run

`text worker` has lines that the terminal `worker` prints after what was seen of it before. `diff FILE` changes a file.
`--only WORD` runs the blocks with this word alone. `--replace` changes commands and what they print, for ports of our own.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from shutil import which

LIMIT = float(os.environ.get("FIRST_HOUR_LIMIT", 600))
END = "--- the command has ended:"


class Failed(Exception):
    pass


def unseen(expected, lines):
    """The first expected line that is not among these, and how many of them were used up."""
    at = 0
    for line in expected:
        pattern = ".*".join(map(re.escape, line.split("…")))
        while at < len(lines) and not re.fullmatch(pattern, lines[at]):
            at += 1
        if at == len(lines):
            return line, at
        at += 1
    return None, at


class Terminal:
    """A process with what it has printed."""

    def __init__(self, command, folder, **streams):
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", bufsize=1, start_new_session=True, **streams,
        )
        self.lines, self.seen, self.changed = [], 0, threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip())
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def await_lines(self, expected):
        """Waits until it has printed these, after those that were waited for before."""
        deadline = time.monotonic() + LIMIT
        with self.changed:
            while True:
                missing, used = unseen(expected, self.lines[self.seen:])
                if missing is None:
                    self.seen += used
                    return
                if time.monotonic() > deadline or not self.reader.is_alive():
                    raise Failed(f"it does not print: {missing}\nbut:\n" + "\n".join(self.lines[self.seen:]))
                self.changed.wait(1)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        if code := self.process.wait(60):
            raise Failed(f"exit code {code} after ^C\n" + "\n".join(self.lines[-20:]))

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Reader:
    """Follows a page."""

    def __init__(self, replacements):
        self.replacements = replacements
        self.terminals = {}
        self.shell = Terminal("exec bash -O expand_aliases", None, stdin=subprocess.PIPE)
        self.steps = []

    def replaced(self, text):
        for old, new in self.replacements:
            text = text.replace(old, new)
        return text

    def folder(self):
        return os.readlink(f"/proc/{self.shell.process.pid}/cwd")

    def in_shell(self, command):
        """Runs a command in the terminal `$`; its exit code, and what it prints."""
        shell = self.shell
        start = shell.seen = len(shell.lines)
        shell.process.stdin.write(f"{{ {command}\n}} </dev/null\nended=$?; echo; echo '{END}' $ended\n")
        shell.process.stdin.flush()
        shell.await_lines([f"{END} …"])
        *lines, end = shell.lines[start:shell.seen]
        return int(end.removeprefix(END)), lines

    def run(self, prompt, command, expected, words):
        command, expected = self.replaced(command), [self.replaced(line) for line in expected]
        if prompt == "$":
            deadline = time.monotonic() + LIMIT
            while True:
                code, lines = self.in_shell(command)
                missing, _ = unseen(expected, lines)
                if "again" not in words or missing is None or time.monotonic() > deadline:
                    break
                time.sleep(0.1)
            if (code != 0) != ("fails" in words):
                raise Failed(f"exit code {code}\n" + "\n".join(lines))
            if missing is not None:
                raise Failed(f"it does not print: {missing}\nbut:\n" + "\n".join(lines))
        elif command == "^C":
            self.terminals.pop(prompt).interrupt()
        else:
            self.terminals[prompt] = Terminal(command, self.folder())
            self.terminals[prompt].await_lines(expected)

    def console(self, lines, words):
        commands = []
        for line in lines:
            if match := re.match(r"([a-z]*\$) (.*)", line):
                commands.append((match[1], match[2], []))
            elif commands[-1][1].endswith("\\"):
                prompt, command, expected = commands.pop()
                commands.append((prompt, command + "\n" + line, expected))
            elif line != "…":
                commands[-1][2].append(line)
        for prompt, command, expected in commands:
            self.step(f"{prompt} {command}", lambda: self.run(prompt, command, expected, words))

    def change(self, lines, file):
        file = Path(self.folder()) / file
        old, new = ("".join(line[1:] + "\n" for line in lines if line[:1] in " " + sign) for sign in "-+")
        text = file.read_text()
        if text.count(old) != 1:
            raise Failed(f"{file} has this {text.count(old)} times:\n{old}")
        file.write_text(text.replace(old, new))

    def step(self, name, do):
        start = time.monotonic()
        try:
            do()
        except Failed as failed:
            for prompt, terminal in self.terminals.items():
                print(f"--- {prompt}", *terminal.lines[-30:], sep="\n")
            sys.exit(f"failed: {name}\n{failed}")
        print(f"{time.monotonic() - start:7.1f} s  {name.splitlines()[0]}", flush=True)

    def page(self, page, only):
        has_docker = which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
        for heading, kind, words, body in blocks(page.read_text()):
            if heading:
                print(f"  {heading}", flush=True)
            if only and only not in words or "by-hand" in words:
                continue
            if "docker" in words and not has_docker:
                print("           not run, as there is no Docker daemon:", *body, sep="\n           ")
            elif kind == "console":
                self.console(body, words)
            elif kind == "text" and words:
                expected = [self.replaced(line) for line in body]
                self.step(f"{words[0]}: {body[-1]}", lambda: self.terminals[f"{words[0]}$"].await_lines(expected))
            elif kind == "diff":
                self.step(f"change of {words[0]}", lambda: self.change(body, words[0]))

    def end(self):
        for terminal in [*self.terminals.values(), self.shell]:
            terminal.kill()


def blocks(text):
    """The headings and fenced blocks of a page: the heading or None, then kind, words and lines of a block."""
    fence, body = None, []
    for line in text.splitlines():
        if line.startswith("```"):
            if fence is None:
                fence, body = line[3:].split() or [""], []
            else:
                yield None, fence[0], fence[1:], body
                fence = None
        elif fence is not None:
            body.append(line)
        elif line.startswith("#"):
            yield line.lstrip("# "), "", [], []


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("page", type=Path)
    arguments.add_argument("--only")
    arguments.add_argument("--replace", action="append", default=[])
    options = arguments.parse_args()
    reader = Reader([tuple(each.split("=", 1)) for each in options.replace])
    start = time.monotonic()
    try:
        reader.page(options.page, options.only)
    finally:
        reader.end()
    print(f"{time.monotonic() - start:7.1f} s  in all", flush=True)


main()
