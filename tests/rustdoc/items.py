"""The public items of a crate, out of what rustdoc writes as JSON."""

import re
from dataclasses import dataclass, field

CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
# `[`name`]` or `[text](path)`: rustdoc names a link by its target, or by its text where that is the target.
LINK = re.compile(r"\[([^\]]+)\](?:\(([^)]+)\))?")


@dataclass
class Item:
    """What has a documentation. Functions have the fields from `is_const` on."""
    path: str
    kind: str
    docs: str
    links: dict
    file: str
    lines: range
    type: object = None
    is_const: bool = False
    inputs: list = field(default_factory=list)  # (name, type)
    output: object = None

    @property
    def name(self):
        return self.path.rpartition("::")[2]

    def section(self, heading):
        """The text below a heading, in one line and in small letters; with "" that before the first. None if there is
        none."""
        parts = re.split(r"^# (.*)$", CODE.sub("", self.docs), flags=re.MULTILINE)
        sections = {"": parts[0]} | dict(zip(parts[1::2], parts[2::2]))
        return " ".join(sections[heading].split()).lower() if heading in sections else None


def fields(inner):
    """The numbers of a struct's fields, if they have names."""
    kind = inner.get("kind")
    return kind.get("plain", {}).get("fields", []) if isinstance(kind, dict) else []


class Crate:
    """Its items by their numbers."""

    def __init__(self, documentation):
        self.index = documentation["index"]
        self.items = {}
        root = self.index[str(documentation["root"])]
        self.docs = root["docs"] or ""
        self._children(root["name"], root["inner"]["module"]["items"])

    def _children(self, path, numbers):
        for number in numbers:
            if str(number) in self.index:
                self._add(path, number)

    def _add(self, path, number):
        raw = self.index[str(number)]
        kind, inner = next(iter(raw["inner"].items()))
        if number in self.items or any("hidden" in str(attribute) for attribute in raw["attrs"]):
            return
        if kind == "use":
            # What comes from another crate is documented there.
            target = self.index.get(str(inner["id"]))
            if target and inner["is_glob"]:
                self._children(path, target["inner"]["module"]["items"])
            elif target:
                self._add(path, inner["id"])
            return
        path = f"{path}::{raw['name']}"
        item = Item(path, kind, raw["docs"] or "", raw["links"], raw["span"]["filename"],
                    range(raw["span"]["begin"][0], raw["span"]["end"][0] + 1))
        self.items[number] = item
        if kind == "function":
            item.is_const = inner["header"]["is_const"]
            item.inputs, item.output = inner["sig"]["inputs"], inner["sig"]["output"]
        elif kind in ("struct_field", "constant", "assoc_const"):
            item.type = inner if kind == "struct_field" else inner["type"]
        elif kind == "module":
            self._children(path, inner["items"])
        elif kind == "trait":
            self._children(path, inner["items"])
        elif kind in ("struct", "enum", "union"):
            self._children(path, fields(inner))
            for implementation in inner["impls"]:
                block = self.index.get(str(implementation), {}).get("inner", {}).get("impl")
                # A trait's functions are documented with the trait.
                if block and block["trait"] is None:
                    self._children(path, block["items"])

    def linked(self, item, text):
        """The items to which a text of this item's documentation links."""
        targets = (target or shown for shown, target in LINK.findall(text))
        by_name = {name.lower(): number for name, number in item.links.items()}
        return [self.items[by_name[target]] for target in targets if by_name.get(target) in self.items]
