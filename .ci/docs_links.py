"""The links between pages of docs/, which have to work on GitHub and in rustdoc.

A page may write `[text](event-bus.md#rights)`. With `--fix` that becomes `[text][event-bus.md#rights]`, and its target goes
to the end of the page, for GitHub, and to src/docs/links.md, for rustdoc. Without it, tells whether that is done.
"""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS, MODULE = ROOT / "docs", ROOT / "openedx-events" / "src" / "docs"
PAGES = dict(reversed(page) for page in re.findall(r'(\w+): "(.+\.md)"', (MODULE / "mod.rs").read_text()))


def converted(page, labels):
    """The text of a page with its links by name; adds the names to `labels`."""
    folder = (DOCS / page).parent
    text = re.sub(r"\n+(\[[^\]]+\.md[^\]]*\]: .*\n)+\Z", "\n", (DOCS / page).read_text())

    def by_name(match):
        path, hash_, anchor = match[1].partition("#")
        target = os.path.relpath((folder / path).resolve(), DOCS)
        return f"][{target}{hash_}{anchor}]" if target in PAGES else match[0]

    text = re.sub(r"\]\(([^):\s#]+\.md(?:#[^)\s]*)?)\)", by_name, text)
    used = sorted({name for name in re.findall(r"\]\[([^\]]+\.md[^\]]*)\]", text)})
    labels.update(used)
    targets = [f"[{name}]: {os.path.relpath(DOCS / name, folder)}\n" for name in used]
    return text + ("\n" + "".join(targets) if targets else "")


labels = set()
files = {DOCS / page: converted(page, labels) for page in PAGES}
rustdoc = []
for name in sorted(labels):
    path, hash_, anchor = name.partition("#")
    rustdoc.append(f"[{name}]: crate::docs::{PAGES[path]}{hash_}{anchor}\n")
files[MODULE / "links.md"] = "".join(rustdoc)

stale = [file for file, text in files.items() if not file.exists() or file.read_text() != text]
if "--fix" in sys.argv:
    for file in stale:
        file.write_text(files[file])
elif stale:
    sys.exit("run .ci/docs_links.py --fix for: " + ", ".join(str(file.relative_to(ROOT)) for file in stale))
