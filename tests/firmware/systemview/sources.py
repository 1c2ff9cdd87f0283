"""Where SEGGER's sources are, from what `cargo metadata` says."""

import json
import sys
from pathlib import Path

for package in json.load(sys.stdin)["packages"]:
    if package["name"] == "systemview-target":
        print(Path(package["manifest_path"]).parent / "lib")
