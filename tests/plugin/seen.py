"""What keeps somebody from using a page: looked for in the page as a browser has made it."""

import os
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LEAST_CONTRAST: Final = 4.5
"""What the guidelines for the web (WCAG 2, AA) ask of text of the usual size."""
AXE: Final = os.environ.get("CARDWARDEN_LIVE_AXE")
"""A file with axe-core, if there is one: the pages are then held against its rules too."""
_LOOK: Final = """
([root, least]) => {
    const problems = [];
    const inside = [...document.querySelector(root).querySelectorAll("*"), document.querySelector(root)];
    const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const light = ([red, green, blue]) => [red, green, blue]
        .map(part => part / 255)
        .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = element => {
        for (let one = element; one; one = one.parentElement) {
            const colour = channels(getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) { return colour; }
        }
        return [255, 255, 255];
    };
    for (const one of inside) {
        const name = one.tagName.toLowerCase();
        const label = `${name}#${one.id}`;
        if (one.id && document.querySelectorAll(`[id="${one.id}"]`).length > 1) {
            problems.push(`${label} is there twice`);
        }
        if (["input", "select", "textarea"].includes(name) && one.type !== "hidden"
            && ![...one.labels].some(each => each.textContent.trim())) { problems.push(`${label} has no label`); }
        if (["a", "button", "legend", "h1", "h2", "h3", "li", "section"].includes(name)
            && !one.textContent.trim()) { problems.push(`${label} says nothing`); }
        if (name === "fieldset" && one.firstElementChild.tagName !== "LEGEND") {
            problems.push(`${label} has no legend`);
        }
        if (["ol", "ul"].includes(name) && [...one.children].some(each => each.tagName !== "LI")) {
            problems.push(`${label} is no list`);
        }
        for (const attribute of ["aria-labelledby", "for"]) {
            const other = one.getAttribute(attribute);
            if (other && !document.getElementById(other)) { problems.push(`${label} points nowhere`); }
        }
        const said = [...one.childNodes].some(each => each.nodeType === 3 && each.textContent.trim());
        if (said) {
            const style = getComputedStyle(one);
            const [front, back] = [light(channels(style.color)), light(behind(one))];
            const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
            if (contrast < least) { problems.push(`${label} has a contrast of ${contrast.toFixed(2)}`); }
        }
    }
    return problems;
}
"""
_REACHED: Final = """
() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    return [one.id || one.name || one.getAttribute("href") || one.textContent.trim(), style.outlineStyle !== "none"];
}
"""


def problems_seen(page: Page, root: str) -> list[str]:
    """What is wrong within an element: labels, legends, lists, contrast; and what axe finds, where there is one."""
    found: list[str] = page.evaluate(_LOOK, [root, LEAST_CONTRAST])
    if AXE is not None:
        page.evaluate(Path(AXE).read_text())
        result = page.evaluate("root => axe.run(root)", root)
        found += [f"axe: {one['id']}: {one['help']}" for one in result["violations"]]
    return found


def reached_by_tab(page: Page, root: str) -> list[str]:
    """What the tabulator key reaches within an element, in its order; each of them must show that it is there."""
    count = page.locator(f"{root} :is(a, button, input:not([type=hidden]))").count()
    page.evaluate("root => { document.querySelector(root).tabIndex = -1; document.querySelector(root).focus(); }", root)
    reached = []
    for _ in range(count):
        page.keyboard.press("Tab")
        name, shown = page.evaluate(_REACHED)
        assert shown, f"{name} does not show that it has the focus"
        reached.append(str(name))
    return reached
