"""Checks that `rust-version` in Cargo.toml is the highest among the dependencies of the published crates."""

import json
import subprocess
import sys

metadata = json.loads(
    subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--all-features"])
)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
published = [package["id"] for package in packages.values() if package["name"].startswith("openedx-events") and package["publish"] is None]


def version(package):
    numbers = (package["rust_version"] or "0").split(".")
    return tuple(int(number) for number in (numbers + ["0", "0"])[:3])


seen, waiting = set(), list(published)
while waiting:
    package = waiting.pop()
    if package in seen:
        continue
    seen.add(package)
    for dependency in nodes[package]["deps"]:
        # Dev-dependencies are not the users' affair; a kind of None is a normal one.
        if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])

stated = version(packages[published[0]])
needed, name = max((version(packages[each]), packages[each]["name"]) for each in seen if each not in published)
print(f"stated {stated}, needed {needed} by {name}, among {len(seen)} crates")
sys.exit(stated != needed)
