"""Which functions of the kernel's source can panic: by a macro or a call that does, in them or in what they call.

Names are followed, not types: a call of a method that has several namesakes counts if all of them can panic. Not seen are
an index out of range and an overflow; the kernel does not use them to refuse anything.
"""

import re
from dataclasses import dataclass, field

COMMENT = re.compile(r"//[^\n]*")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
# Not `'`: a lifetime.
CHARACTER = re.compile(r"b?'(?:[^'\\]|\\.)'")
# Decided when the program is compiled.
AT_COMPILE_TIME = re.compile(r"\bconst (?=\{)")
TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod \w+ \{", re.MULTILINE)
PANICS = re.compile(r"\b(?:panic|assert|assert_eq|assert_ne|unreachable|todo|unimplemented)!|\.unwrap\(\)|\.expect\(")
FUNCTION = re.compile(r"\bfn (\w+)")
BLOCK = re.compile(r"^impl\b[^{]*?(\w+)(?:<[^{]*>)? (?:where [^{]*)?\{", re.MULTILINE)
CALL = re.compile(r"(?:\b(\w+)(?:::<[^()]*?>)?::|(\bself\.)|(\.))?\b(\w+)(?:::<[^()]*?>)?\(")


@dataclass
class Function:
    module: str
    type: str | None
    name: str
    line: int
    body: str
    panics: bool = False
    callees: list = field(default_factory=list)


def closing(text, start):
    """Where the brace that opens at `start` closes."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError("a brace is not closed")


def blank(match):
    """The same number of characters and lines, and nothing in them."""
    return re.sub(r"[^\n]", " ", match.group())


def plain(source):
    """The source without comments, texts, tests and what is decided when it is compiled."""
    for pattern in (COMMENT, TEXT, CHARACTER):
        source = pattern.sub(blank, source)
    for pattern in (TESTS, AT_COMPILE_TIME):
        while match := pattern.search(source):
            end = closing(source, source.index("{", match.start())) + 1
            source = source[:match.start()] + re.sub(r"[^\n]", " ", source[match.start():end]) + source[end:]
    return source


def functions(path):
    """The functions of a file."""
    source = plain(path.read_text())
    module = path.parent.name if path.stem == "mod" else path.stem
    blocks = [(match.start(), closing(source, match.end() - 1), match[1]) for match in BLOCK.finditer(source)]
    for match in FUNCTION.finditer(source):
        brackets, place = 0, match.end()
        while brackets or source[place] not in "{;":
            brackets += {"(": 1, "[": 1, ")": -1, "]": -1}.get(source[place], 0)
            place += 1
        if source[place] == "{":
            kind = next((name for start, end, name in blocks if start < match.start() < end), None)
            yield Function(module, kind, match[1], source.count("\n", 0, match.start()) + 1,
                           source[place:closing(source, place)])


class Source:
    """The functions of all files, and which of them can panic."""

    def __init__(self, files):
        self.files = {str(file): list(functions(file)) for file in files}
        self.all = [function for found in self.files.values() for function in found]
        for function in self.all:
            function.panics = bool(PANICS.search(function.body))
            function.callees = [callees for call in CALL.findall(function.body) if (callees := self._callees(function, *call))]
        while any(self._spread(function) for function in self.all):
            pass

    def _callees(self, caller, owner, of_self, of_value, name):
        """The functions that a call may mean."""
        named = [function for function in self.all if function.name == name]
        if of_self or owner == "Self":
            return [function for function in named if (function.module, function.type) == (caller.module, caller.type)]
        if owner:
            return [function for function in named if owner in (function.type, function.type or function.module)]
        if of_value:
            return [function for function in named if function.type]
        return [function for function in named if function.type is None and
                (function.module == caller.module or f"use {name}" in caller.body or len(named) == 1)]

    @staticmethod
    def _spread(function):
        """Whether this function is found out to panic only now."""
        before = function.panics
        function.panics |= any(all(callee.panics for callee in callees) for callees in function.callees)
        return function.panics and not before

    def can_panic(self, file, name, lines):
        """Whether the function of this name, in these lines of a file, can."""
        found = [function for function in self.files.get(file, []) if function.name == name and function.line in lines]
        return any(function.panics for function in found)
