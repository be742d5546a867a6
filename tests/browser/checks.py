"""What is checked of every page, whatever it shows. Each check tells its findings; none is good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

TOOLS = Path(__file__).parents[2] / "web" / "node_modules"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "RGAAv4"]
WIDE, NARROW, NARROWEST = 1280, 360, 320
STOPS = 60  # of the Tab key: what is looked at of the longest pages

_AXE = "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})"
_ALL = {"type": "tag", "values": TAGS}
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # all that a scheme can change
_FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  let inner = at;
  while (inner.shadowRoot && inner.shadowRoot.activeElement) inner = inner.shadowRoot.activeElement;
  window.stops = window.stops || [];
  if (!window.stops.includes(inner)) window.stops.push(inner);
  const lines = [...inner.getClientRects()].sort((a, b) => b.width * b.height - a.width * a.height);
  const box = lines[0] || inner.getBoundingClientRect(), style = getComputedStyle(inner);
  const told = each => `${each.tagName.toLowerCase()} ${(each.textContent || each.name || "").trim().slice(0, 40)}`;
  const top = document.elementFromPoint(box.x + Math.min(box.width / 2, 8), box.y + box.height / 2);
  const covered = top && !inner.contains(top) && !top.contains(inner) && !at.contains(top);
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "var(--focus)";
  const colour = getComputedStyle(probe).color;
  probe.remove();
  const coloured = [...inner.querySelectorAll("svg a *")].some(each => getComputedStyle(each).stroke === colour);
  const inside = box.right > 0 && box.bottom > 0 && box.x < innerWidth && box.y < innerHeight;
  return {
    number: window.stops.indexOf(inner),
    text: told(inner),
    href: inner.getAttribute("href"),
    seen: box.width > 1 && box.height > 1 && inside,
    marked: style.outlineStyle !== "none" || style.boxShadow !== "none" || coloured || !!inner.closest(".cm-focused"),
    covered: covered ? told(top) : null,
  };
}"""
_TOO_WIDE = """() => {
  const root = document.documentElement, all = [...document.querySelectorAll("body *")];
  const scrolls = "svg svg, .scroll *, pre *";
  const out = all.find(each => each.getBoundingClientRect().right > innerWidth + 1 && !each.matches(scrolls));
  return [root.scrollWidth - root.clientWidth, out ? out.outerHTML.slice(0, 160) : ""];
}"""


@cache
def axe() -> str:
    """The program of axe-core."""
    return (TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


class Visit:
    """A page that was loaded, and what it complained of, or asked others for, on the way."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self._base = page, base
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(base) or self.foreign.append(request.url))

    def go(self, path: str) -> int:
        """Loads a page. Returns its status."""
        self.complaints.clear()
        self.foreign.clear()
        self.page.set_viewport_size({"width": WIDE, "height": 900})
        answer = self.page.goto(self._base + path)
        assert answer is not None
        return answer.status

    def text(self) -> list[str]:
        """What a person reads in its main part, line by line."""
        lines = self.page.locator("main").inner_text().splitlines()
        return [line for each in lines if (line := _on_one_line(each))]

    def drawn(self) -> set[str]:
        """What is written in its drawings, beside which a table always stands."""
        return {_on_one_line(text) for text in self.page.locator("main svg text").all_text_contents()}

    def _console(self, message: ConsoleMessage) -> None:
        # That an error page has the status of one is also logged as an error.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: the server"):
            self.complaints.append(message.text)


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@contextmanager
def visiting(browser: Browser, base: str, *, scripts: bool = True) -> Iterator[Visit]:
    """A browser window for many pages in turn."""
    context: BrowserContext = browser.new_context(java_script_enabled=scripts, reduced_motion="reduce")
    if scripts:
        context.add_init_script(axe())  # before the page, so its policy stays as it is
    try:
        yield Visit(context.new_page(), base)
    finally:
        context.close()


def everything(visit: Visit, plain: Visit, path: str, status: int = 200) -> list[str]:
    """All that is wrong with a page, which is visited with and without JavaScript."""
    found = [f"status {got}" for got in (visit.go(path), plain.go(path)) if got != status]
    found += keyboard(visit)
    found += [*visit.complaints, *(f"asks {url}" for url in visit.foreign)]
    only = set(plain.text()) - set(visit.text()) - plain.drawn()
    found += [f"without JavaScript only: {line}" for line in sorted(only)]
    found += sideways(visit, NARROWEST)
    for width in (WIDE, NARROW):
        found += accessibility(visit, width, "light")
        found += accessibility(visit, width, "dark", _COLOURS)
    return found


def accessibility(visit: Visit, width: int, scheme: Any, only: dict[str, Any] = _ALL) -> list[str]:
    """What axe finds: the rule, how often, and the first place. ``only``: which rules are asked."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.page.emulate_media(color_scheme=scheme)
    found = visit.page.evaluate(_AXE, only)["violations"]
    return [f"{width} {scheme}: {v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:160]}" for v in found]


def sideways(visit: Visit, width: int) -> list[str]:
    """Whether the page has to be scrolled sideways, and what sticks out first."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    excess, widest = visit.page.evaluate(_TOO_WIDE)
    return [f"{width}: {excess} px too wide: {widest}"] if excess > 0 else []


def keyboard(visit: Visit) -> list[str]:
    """A walk with the Tab key: it begins at the skip link, each stop is seen and marked, and none holds it."""
    visit.page.set_viewport_size({"width": WIDE, "height": 900})
    visit.page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    faults: list[str] = []
    before = -1
    for number in range(STOPS):
        visit.page.keyboard.press("Tab")
        stop = visit.page.evaluate(_FOCUSED)
        if stop and not (stop["seen"] and stop["marked"]):  # what scripts mark is marked a moment later
            visit.page.wait_for_timeout(60)
            stop = visit.page.evaluate(_FOCUSED)
        if stop is None or stop["number"] < before:  # the end of the page
            break
        if number == 0 and stop["href"] != "#content":
            faults.append(f"the first stop is not the skip link: {stop['text']}")
        if stop["number"] == before:
            return [*faults, f"Tab stays at {stop['text']}"]
        if not stop["seen"] or not stop["marked"]:
            faults.append(f"focus is not to be seen at {stop['text']}")
        if stop["covered"]:
            faults.append(f"{stop['text']} is under {stop['covered']}")
        before = stop["number"]
    visit.page.evaluate("() => document.activeElement.blur()")
    return faults
