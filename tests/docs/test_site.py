"""The site is built, strictly, keeps what a site must keep, and is opened in a browser from its folder: on a phone and on a desktop, light
and dark, with its search, and without a request to anywhere.

test_site.py PROGRAM [SITE]: a SITE that is there already is not built again. Exit status 77 where any of it was skipped.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/site"))

import build  # noqa: E402
import built  # noqa: E402

SKIPPED = 77
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
# The home page, the longest names, the widest tables, lines of 130 characters, bars and boxes, pictures, generated pages.
LOOKED_AT = (
    "index.html", "docs/gate.html", "docs/reports.html", "docs/reference/scenario.html", "docs/reference/commands.html",
    "docs/reference/python.html", "docs/notebooks/loss-and-streams.html", "engine/platform/native/rdma/index.html",
)  # fmt: skip
PATIENCE_S = 30.0

MISSING = build.missing_packages()
HAS_BROWSER = shutil.which("chromedriver") and importlib.util.find_spec("selenium")


class Planted(unittest.TestCase):
    """What is wrong on purpose is found in a built site."""

    def setUp(self) -> None:
        self.site = Path(tempfile.mkdtemp(prefix="dwcp-site-"))
        self.addCleanup(shutil.rmtree, self.site)
        (self.site / "a").mkdir()
        self.write("a/b.html", '<h1 id="top">B</h1><a href="../index.html">home</a><a href="..">home</a>')
        self.write("index.html", '<script src="s.js"></script><a href="a/b.html#top">b</a><a href="https://example.org">e</a>')
        self.write("s.js", "")

    def write(self, name: str, text: str) -> None:
        (self.site / name).write_text(text, encoding="utf-8")

    def test_nothing_where_all_is_right(self) -> None:
        self.assertEqual(built.check(self.site), [])

    def test_links_and_anchors(self) -> None:
        self.write("a/c.html", '<a href="gone.html">x</a><a href="b.html#gone">x</a><a href="#gone">x</a><img src="gone.png">')
        self.assertEqual(
            built.check(self.site),
            [
                "a/c.html: link 'gone.html' leads to no file",
                "a/c.html: link 'b.html#gone': there is no '#gone'",
                "a/c.html: link '#gone': there is no '#gone'",
                "a/c.html: link 'gone.png' leads to no file",
            ],
        )

    def test_requests(self) -> None:
        self.write("a/c.html", '<script src="https://cdn.example/x.js"></script><link href="//fonts.example/f" rel="stylesheet">')
        self.write("a/d.html", '<pre class="x mermaid"></pre>')
        self.write("a/e.css", 'p { background: url("http://example.org/x.png") } b { background: url(data:image/png;base64,) }')
        found = built.check(self.site)
        self.assertEqual(len(found), 4, found)
        expected = ("https://cdn.example/x.js", "//fonts.example/f", "has a 'mermaid'", "fetches http://example.org/x.png")
        for wanted in expected:
            self.assertTrue(any(wanted in text for text in found), (wanted, found))


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class Site(unittest.TestCase):
    folder: Path
    site: Path
    program: Path
    ready: Path | None = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="dwcp-site-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.site = cls.ready or cls.folder / "site"
        if not cls.ready:
            build.build(ROOT, cls.program, cls.folder)

    def test_has_every_document(self) -> None:
        for path in ROOT.glob("docs/**/*.md"):
            page = path.relative_to(ROOT).with_suffix(".html").as_posix().replace("README.html", "index.html")
            self.assertTrue((self.site / page).is_file(), page)
        for page in ("index.html", "docs/reference/commands.html", "docs/notebooks/first-simulation.html", "engine/amst/index.html"):
            self.assertTrue((self.site / page).is_file(), page)

    def test_shows_declarations_and_commands(self) -> None:
        self.assertIn("Task", (self.site / "engine/amst/index.html").read_text(encoding="utf-8"))
        self.assertIn('id="dwcp-scenario-check"', (self.site / "docs/reference/commands.html").read_text(encoding="utf-8"))

    def test_keeps_what_a_site_must(self) -> None:
        self.assertEqual(built.check(self.site), [])

    @unittest.skipUnless(HAS_BROWSER, "not installed: chromium, chromium-driver, python3-selenium")
    def test_in_a_browser(self) -> None:
        for theme, size in (("dark", "phone"), ("light", "desktop")):
            with Browser(theme, size) as browser:
                for page in LOOKED_AT:
                    with self.subTest(f"{page}, {theme}, {size}"):
                        self.look_at(browser, page, theme)
                with self.subTest(f"search, {size}"):
                    self.search(browser, size)
                self.assertEqual(browser.complaints(), [])
                requests = browser.requests()
                self.assertIn((self.site / "index.html").resolve().as_uri(), requests)
                self.assertEqual([address for address in requests if not address.startswith(("file:", "data:", "blob:"))], [])

    def look_at(self, browser: Browser, page: str, theme: str) -> None:
        browser.open(self.site / page)
        self.assertEqual(browser.ask("document.body.dataset.mdColorScheme"), {"dark": "slate", "light": "default"}[theme])
        self.assertLessEqual(browser.ask("document.documentElement.scrollWidth"), browser.ask("window.innerWidth"))
        # Nothing is hidden beside its own box without a way to scroll there.
        self.assertEqual(browser.ask(
            "[...document.querySelectorAll('.md-content table')].filter(table => !table.closest('.md-typeset__scrollwrap')).length"), 0)

    def search(self, browser: Browser, size: str) -> None:
        browser.open(self.site / "docs/gate.html")
        if size == "phone":
            browser.ask("document.querySelector('label.md-header__button[for=__search]').click()")
        browser.type("input.md-search__input", "stall_watch")
        found = browser.wait("[...document.querySelectorAll('.md-search-result__link')].map(link => link.getAttribute('href'))")
        self.assertTrue(any("engine/amst/index.html" in address for address in found), found)


class Browser:
    """Chromium without a window. Selenium is imported here, so that the rest runs without it."""

    def __init__(self, theme: str, size: str) -> None:
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        for name in ("chromium", "chromium-browser", "google-chrome"):
            if found := shutil.which(name):
                options.binary_location = found
                break
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=webdriver.chrome.service.Service(shutil.which("chromedriver")), options=options)
        self.driver.execute_cdp_cmd("Network.enable", {})
        width, height = SIZES[size]
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def open(self, page: Path) -> None:
        self.driver.get(page.resolve().as_uri())
        self.wait("document.documentElement.classList.contains('js')")  # the theme's script has begun

    def ask(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def wait(self, expression: str) -> Any:
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE_S, 0.05).until(lambda _: self.ask(expression))

    def type(self, selector: str, text: str) -> None:
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support import expected_conditions
        from selenium.webdriver.support.ui import WebDriverWait

        field = WebDriverWait(self.driver, PATIENCE_S, 0.05).until(
            expected_conditions.element_to_be_clickable((By.CSS_SELECTOR, selector))
        )
        field.click()
        field.send_keys(text)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]


def main(arguments: list[str]) -> int:
    Site.program = Path(arguments[0]).resolve()
    Site.ready = Path(arguments[1]).resolve() if len(arguments) > 1 else None
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = unittest.TextTestRunner(verbosity=2).run(suite)
    if not outcome.wasSuccessful():
        return 1
    for reason in sorted({reason for _, reason in outcome.skipped}):
        print(f"{len(outcome.skipped)} of {outcome.testsRun} tests skipped: {reason}")
    return SKIPPED if outcome.skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
