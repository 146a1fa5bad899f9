"""Does what the how-tos and the README say, as a reader with an empty machine would.

    .ci/how_to.py [PAGE…]      all pages, or those whose path contains one of these texts

Each page is done in an empty folder beside a link to this checkout, in the order of its code blocks:

- A block in a file's language goes into the file that the sentence before it names: "In `src/main.rs`:". A sentence that begins
  with "Add" appends it. What is said before `cargo new` goes into the crate that it makes.
- The commands of a `console` block run one after the other, in one shell for the whole page, and must end with 0. What they
  print must be what the block shows, if it shows anything, without Cargo's progress. `…` stands for anything, on a line of its own
  for any lines. A line on standard error may stand anywhere between those on standard output, as a terminal mixes the two in any
  order. `^C` is Ctrl-C, once everything before it has been printed.
- A `text` block is an illustration and is left alone. Any other block is a mistake of the page.

Four things differ from the reader's machine: a server on a port of its own takes the place of `redis://localhost`, `python` is that of
the tests and has upstream's package, crates begin with the versions in this repository's Cargo.lock, and all crates are built in one
folder, so that this takes little time.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]
# Blocks of the README that other steps of .ci/run run, in the checkout.
ELSEWHERE = ["$ cargo run --example quickstart", "$ cargo run -p openedx-events --features cli,catalog -- send"]

# The same folder each time: what is built for a crate is found again if its path is the same.
FOLDER = Path(tempfile.gettempdir(), "openedx-events-how-to-" + hashlib.sha256(bytes(ROOT)).hexdigest()[:8])
LIMIT = 600
# A program that waits for Ctrl-C and prints nothing more. Cargo is silent while it builds the largest crate.
SILENT = 180

PROGRESS = re.compile(
    r"\s*(Adding|Blocking|Compiling|Creating|Doc-tests|Downloaded|Downloading|Features:|Finished|Locking|Running|Updating|[+-] \S+$)"
    r"|note: see more `Cargo.toml` keys"
)


class Mistake(Exception):
    """What stops a reader."""


class Block:
    def __init__(self, page, line, language, lead, text):
        self.place = f"{page.relative_to(ROOT)}:{line}"
        self.language, self.lead, self.text = language, lead, text


def blocks(page):
    lead, fence, lines = [], None, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if fence is None and (match := re.fullmatch(r"\s*```(.*)", line)):
            fence, lines = (number, re.split(r"[,\s]", match[1])[0]), []
        elif fence is None:
            # A paragraph ends at an empty line after which something else than its block comes.
            lead = lead + [line] if line.strip() else lead + [""]
        elif line.strip() == "```":
            paragraphs = [each for each in "\n".join(lead).split("\n\n") if each.strip()]
            yield Block(page, *fence, " ".join(paragraphs[-1].split()) if paragraphs else "", "\n".join(lines) + "\n")
            lead, fence = [], None
        else:
            lines.append(line)


class Server:
    """A redis-server, from the first page on that needs one."""

    def __init__(self):
        self.process, self.port = None, None

    def start(self):
        if self.process is None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            folder = FOLDER / "redis"
            folder.mkdir()
            options = ["--port", str(self.port), "--dir", str(folder), "--appendonly", "yes"]
            self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
            until = time.monotonic() + 30
            while subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True).stdout != b"PONG\n":
                if self.process.poll() is not None or time.monotonic() > until:
                    raise Mistake("the redis-server does not start")
                time.sleep(0.05)
        subprocess.run(["redis-cli", "-p", str(self.port), "flushall"], check=True, capture_output=True)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Reader:
    """Who follows one page: a folder, a shell and what is yet to be put into a crate."""

    def __init__(self, page, server):
        self.page, self.server = page, server
        self.desk = FOLDER / "desk"
        shutil.rmtree(self.desk, ignore_errors=True)
        self.desk.mkdir()
        (self.desk / "openedx-events-rust").symlink_to(ROOT)
        self.state = FOLDER / "state"
        self.state.write_text(f"cd '{self.desk}'\n")
        self.at = self.desk
        self.pending = []
        self.port = None
        if "redis://localhost" in page.read_text():
            server.start()
            self.port = server.port
        kept = {name: value for name, value in os.environ.items() if not re.match("EVENTS?_|CARGO_|RUST|RUSTUP_TOOLCHAIN", name)}
        for name in ("CARGO_HOME", "RUSTUP_HOME", "CARGO_NET_OFFLINE", "CARGO_BUILD_JOBS"):
            if name in os.environ:
                kept[name] = os.environ[name]
        toolchain = re.search('channel = "(.*)"', (ROOT / "rust-toolchain.toml").read_text())[1]
        if "$ python " in page.read_text():
            venv = Path(os.environ.get("OPENEDX_EVENTS_INTEROP_VENV", ROOT / "target" / "interop-venv"))
            subprocess.run([ROOT / "tests" / "interop" / "venv.sh", venv], check=True)
            kept["PATH"] = f"{venv / 'bin'}:{kept['PATH']}"
        self.environment = {
            **kept,
            "CARGO_INCREMENTAL": "0",
            "CARGO_PROFILE_DEV_DEBUG": "none",
            "CARGO_TARGET_DIR": str(ROOT / "target" / "how-to"),
            "CARGO_TERM_COLOR": "never",
            "RUSTUP_TOOLCHAIN": toolchain,
        }

    def here(self, text):
        if self.port is None:
            return text
        text = re.sub(r"redis://localhost(?![\w:.])", f"redis://localhost:{self.port}", text)
        return re.sub(r"(?m)^redis-cli ", f"redis-cli --no-raw -p {self.port} ", text)

    def does(self, block):
        if block.language == "console":
            for command, shown in commands(block.text):
                self.run(command, shown)
        elif block.language != "text":
            sentence = re.split(r"(?<=[.!?])\s", block.lead)[-1]
            files = re.findall(r"`([\w./-]+\.[a-z]+)`", sentence)
            if not sentence.endswith(":") or len(files) != 1:
                raise Mistake(f"the sentence before the block does not name its file: {sentence!r}")
            self.put(files[0], self.here(block.text), sentence.startswith("Add"))

    def put(self, file, text, appends):
        if not (self.at / "Cargo.toml").exists():
            self.pending.append((file, text, appends))
            return
        path = self.at / file
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() + "\n" if appends else ""
        path.write_text(before + text)

    def run(self, command, shown):
        script = f". {self.state}\nshopt -s expand_aliases\n{self.here(command)}\nended=$?\n"
        script += f"{{ export -p; alias -p; printf 'cd %q\\n' \"$PWD\"; }} >{self.state}.new\nexit $ended\n"
        # An alias counts from the next command that is read on, so the shell reads the script from a file.
        (FOLDER / "script").write_text(script)
        before = shown[: shown.index("^C")] if "^C" in shown else None
        shown = [line for line in shown if line != "^C"]
        output, errors = Printed(FOLDER / "output"), Printed(FOLDER / "errors")
        with output.path.open("wb") as out, errors.path.open("wb") as err:
            process = subprocess.Popen(
                ["bash", str(FOLDER / "script")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment, start_new_session=True,
            )
        until, size, changed = time.monotonic() + LIMIT, None, time.monotonic()
        try:
            while process.poll() is None:
                if before is not None and is_shown(before, output.lines(), errors.lines()):
                    os.killpg(process.pid, signal.SIGINT)
                    before = None
                now = time.monotonic()
                if size != (size := output.size() + errors.size()):
                    changed = now
                if now > until or (before is not None and now > changed + SILENT):
                    raise Mistake(f"`{command}` does not end; it printed:\n{errors.text()}{output.text()}")
                time.sleep(0.02)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if process.returncode != 0:
            raise Mistake(f"`{command}` ends with {process.returncode}; it printed:\n{errors.text()}{output.text()}")
        if shown and not is_shown(shown, output.lines(), errors.lines()):
            lines = "\n".join(errors.lines() + output.lines())
            raise Mistake(f"`{command}` prints something else than the page shows:\n{lines}")
        os.replace(f"{self.state}.new", self.state)
        self.at = Path(subprocess.run(["bash", "-c", f". {self.state}; pwd -P"], capture_output=True, text=True).stdout.strip())
        for manifest in self.desk.glob("*/Cargo.toml"):
            if not manifest.parent.is_symlink() and not manifest.with_name("Cargo.lock").exists():
                shutil.copy(ROOT / "Cargo.lock", manifest.with_name("Cargo.lock"))
        if (self.at / "Cargo.toml").exists():
            pending, self.pending = self.pending, []
            for each in pending:
                self.put(*each)

    def ends(self):
        if self.pending:
            raise Mistake(f"no crate is made for `{self.pending[0][0]}`")


def commands(text):
    """The commands of a block, each with the lines that it shows."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (found[-1][0] + "\n" + line.removeprefix("> "), [])
        elif found:
            found[-1][1].append(line)
        else:
            raise Mistake(f"a line before the first command: {line!r}")
    return found


class Printed:
    """What a command has printed on one of its two streams."""

    def __init__(self, path):
        self.path = path

    def size(self):
        return self.path.stat().st_size

    def text(self):
        return self.path.read_text(errors="replace")

    def lines(self):
        lines = self.text().splitlines()
        return [line.rstrip() for line in lines if line.strip() and not PROGRESS.match(line)]


def pattern(line):
    return r"(.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"


def is_shown(shown, output, errors):
    expected = [line.rstrip() for line in shown if line.strip()]
    for error in errors:
        found = next((line for line in expected if line != "…" and re.fullmatch(pattern(line), error + "\n")), None)
        if found is not None:
            expected.remove(found)
        elif "…" not in expected:
            return False
    return re.fullmatch("".join(map(pattern, expected)), "".join(line + "\n" for line in output)) is not None


def follow(page, server):
    reader = Reader(page, server)
    started, number = time.monotonic(), 0
    for block in blocks(page):
        if block.text.startswith(tuple(ELSEWHERE)) and page.name == "README.md":
            continue
        try:
            reader.does(block)
        except Mistake as mistake:
            raise Mistake(f"{block.place}: {mistake}") from None
        number += block.language != "text"
    reader.ends()
    print(f"{page.relative_to(ROOT)}: {number} blocks, {time.monotonic() - started:.0f} s", flush=True)


def main(wanted):
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    server, mistakes = Server(), []
    try:
        for page in PAGES:
            if not wanted or any(each in str(page) for each in wanted):
                try:
                    follow(page, server)
                except Mistake as mistake:
                    mistakes.append(mistake)
                    print(mistake, flush=True)
    finally:
        server.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
    return bool(mistakes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
