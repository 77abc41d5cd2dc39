"""Reads a page as a browser does, and says what is wrong with it: python3 page.py PAGE"""
import os
import sys
from html.parser import HTMLParser

ALONE = {"meta", "img", "br", "col"}


class Page(HTMLParser):
    def __init__(self, folder):
        super().__init__(convert_charrefs=True)
        self.folder, self.open, self.ids, self.targets, self.wrong, self.level = folder, [], set(), [], [], 0

    def handle_startendtag(self, tag, attributes):
        self.look(tag, dict(attributes))

    def handle_starttag(self, tag, attributes):
        self.look(tag, dict(attributes))
        if tag not in ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def look(self, tag, given):
        if tag == "script" or any(name.startswith("on") for name in given):
            self.wrong.append(f"<{tag}> does something")
        if given.get("id") in self.ids:
            self.wrong.append(f"id {given['id']} comes twice")
        self.ids.add(given.get("id", object()))
        if tag == "th" and given.get("scope") not in ("row", "col"):
            self.wrong.append("a header of nothing")
        if tag == "img" and not given.get("alt"):
            self.wrong.append("a picture without words")
        if tag == "video" and not given.get("aria-label"):
            self.wrong.append("a player without a name")
        if tag[0] == "h" and tag[1:].isdigit():
            if int(tag[1:]) > self.level + 1:
                self.wrong.append(f"<{tag}> stands below level {self.level}")
            self.level = int(tag[1:])
        self.targets += [given[name] for name in ("href", "src", "aria-labelledby") if name in given]

    def check(self):
        for target in self.targets:
            inside = target.lstrip("#") in self.ids
            if not inside and not os.path.isfile(os.path.join(self.folder, target)):
                self.wrong.append(f"leads to {target}, which is not there")
        return self.wrong + [f"<{tag}> stays open" for tag in self.open]


page = Page(os.path.dirname(sys.argv[1]))
with open(sys.argv[1], encoding="utf-8") as file:
    page.feed(file.read())
page.close()
wrong = page.check()
print("\n".join(wrong))
sys.exit(1 if wrong or not page.targets else 0)
