"""Reports as their readers see them: in a browser, on a phone and on a desktop, light and dark.

reports_test.py PROGRAM SOURCE [--keep FOLDER]: exit status 77 where there is no browser to try it with.
"""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(77)

from results import Results

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            options.binary_location = shutil.which(name)
            break
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=webdriver.chrome.service.Service(shutil.which("chromedriver")), options=options)


class Reports(unittest.TestCase):
    results = None
    driver = None

    @classmethod
    def setUpClass(cls):
        cls.driver = browser()
        cls.driver.execute_cdp_cmd("Network.enable", {})

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    # ---- what all pages keep
    def open(self, page, size="desktop", theme="light"):
        width, height = SIZES[size]
        self.driver.get_log("performance")
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": [{"name": "prefers-color-scheme", "value": theme}]})
        self.driver.get(pathlib.Path(page).resolve().as_uri())
        self.assertEqual(self.ask("document.documentElement.dataset.ready"), "yes", f"{page} did not show itself")
        # Drawings are made when their room is known, a frame or two later.
        self.driver.execute_async_script("const done = arguments[0];"
                                         "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))")

    def ask(self, expression, *arguments):
        return self.driver.execute_script(f"return {expression}", *arguments)

    def find(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def check_quiet(self):
        """Nothing went wrong, and nothing was asked of any network."""
        self.assertEqual([entry["message"] for entry in self.driver.get_log("browser")], [])
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        self.assertEqual([url for url in asked if not url.startswith(("file:", "data:"))], [])
        self.assertEqual(len([url for url in asked if url.startswith("file:")]), 1, asked)

    def check_whole(self):
        self.assertLessEqual(self.ask("document.documentElement.scrollWidth"), self.ask("window.innerWidth"),
                             "the page scrolls sideways")
        self.assertNotEqual(self.ask("document.title"), "owned")
        self.assertIn("onerror", self.ask("document.body.innerText"), "the scenario's text is shown as text")
        for section in self.find("main > section"):
            self.assertGreater(len(section.text.strip()), len(section.find_element(By.TAG_NAME, "h2").text),
                               f"the section '{section.text}' is empty")
        self.assertNotIn("NaN", self.ask("document.body.innerText"))
        self.assertNotIn("undefined", self.ask("document.body.innerText"))

    def test_all_pages_show_in_all_sizes_and_colours(self):
        for page in (self.results.single, self.results.suite, self.results.sweep, self.results.seeds):
            for size in SIZES:
                for theme in ("light", "dark"):
                    with self.subTest(page=page.parent.name, size=size, theme=theme):
                        self.open(page, size, theme)
                        self.check_quiet()
                        if page != self.results.suite:  # which names its scenarios, not what they are about
                            self.check_whole()
                        dark = self.ask("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
                        self.assertEqual(dark, theme == "dark")

    # ---- one run
    def test_the_charts_of_a_run_have_data(self):
        self.open(self.results.single)
        charts = self.ask("""report.board.charts.map((c) => ({title: c.title, rows: c.graph.numRows(),
            drawn: [...c.box.querySelectorAll('canvas')].some((canvas) => canvas.width &&
                canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v))}))""")
        titles = [chart["title"] for chart in charts]
        for title in ("Migrations", "Carried by links", "Guest memory left to send"):
            self.assertIn(title, titles)
        self.assertTrue(any(title.startswith("Round trip") for title in titles), titles)
        for chart in charts:
            self.assertGreater(chart["rows"], 10, chart)
            self.assertTrue(chart["drawn"], chart)
        most = self.ask("""Math.max(...report.board.charts.find((c) => c.title === 'Carried by links').list
            .flatMap((s) => s.parts.flatMap(([, values]) => values)))""")
        self.assertGreater(most, 50e6)
        self.assertLess(most, 300e6)  # fluid comes in loads of 256 KiB
        self.assertEqual([mark.text for mark in self.find(".marks li > :last-child")], ["cut link path", "restore link path"])

    def ranges(self):
        return self.ask("report.board.charts.map((c) => c.graph.xAxisRange())")

    def test_zooming_one_time_line_zooms_all(self):
        self.open(self.results.single)
        whole = self.ranges()
        plot = self.find(".chart .plot")[2]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        width = plot.size["width"]
        ActionChains(self.driver).move_to_element_with_offset(plot, -width // 4, 0).click_and_hold() \
            .move_by_offset(width // 8, 2).move_by_offset(width // 8, 2).release().perform()
        zoomed = self.ranges()
        self.assertGreater(len(zoomed), 4)
        self.assertLess(zoomed[2][1] - zoomed[2][0], (whole[2][1] - whole[2][0]) * 0.6)
        for one in zoomed:
            self.assertEqual(one, zoomed[2])
        shown = self.find(".tools .window")[0].text
        for name in ("zoom in", "later", "earlier", "zoom out"):
            self.find(f".tools button[aria-label='{name}']")[0].click()
            self.assertEqual(len({tuple(one) for one in self.ranges()}), 1, name)
        self.find(".tools button[aria-label='show the whole run']")[0].click()
        self.assertEqual(self.ranges(), whole)
        self.assertNotEqual(self.find(".tools .window")[0].text, shown)
        mark = self.find(".marks button")[0]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", mark)
        mark.click()
        low, high = self.ranges()[0]
        self.assertTrue(low < 0.15 < high and high - low < whole[0][1] / 2, (low, high))
        self.check_quiet()

    def test_pointing_at_one_time_line_shows_the_values_of_all(self):
        self.open(self.results.single)
        plot = self.find(".chart .plot")[1]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
        ActionChains(self.driver).move_to_element_with_offset(plot, -plot.size["width"] // 5, 0).perform()
        with_values = self.ask("[...document.querySelectorAll('.chart')].filter((c) => "
                               "[...c.querySelectorAll('.legend .at')].some((at) => at.textContent)).length")
        self.assertGreater(with_values, 2)

    def test_series_are_hidden_and_the_vm_of_streams_is_chosen(self):
        self.open(self.results.single)
        button = self.find(".legend button")[0]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.assertEqual(button.get_attribute("aria-pressed"), "false")
        self.assertFalse(self.ask("report.board.charts[1].graph.visibility()[0]"))
        rows = "JSON.stringify(report.board.charts.find((c) => c.title.startsWith('Written')).list.map((s) => s.parts))"
        before = self.ask(rows)
        choice = self.find(".tools select")[0]
        other = [option for option in choice.find_elements(By.TAG_NAME, "option") if not option.is_selected()][0]
        other.click()
        self.assertNotEqual(self.ask(rows), before)
        self.check_quiet()

    def test_the_reader_may_choose_the_colours(self):
        self.open(self.results.single, theme="light")
        colour = "report.board.charts[1].graph.getColors()[0]"
        light = self.ask(colour)
        self.find("select.theme option")[2].click()
        self.assertEqual(self.ask("document.documentElement.dataset.theme"), "dark")
        self.assertNotEqual(self.ask(colour), light)
        self.check_quiet()

    def test_paper_is_light_and_holds_everything(self):
        self.open(self.results.single, theme="dark")
        self.driver.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.ask("document.documentElement.dataset.theme"), "light")
        self.driver.execute_script("window.dispatchEvent(new Event('afterprint'))")
        self.assertEqual(self.ask("document.documentElement.dataset.theme"), "dark")
        pdf = self.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
        self.assertGreater(len(pdf), 20_000)
        self.check_quiet()

    # ---- many runs
    def column(self, table, name):
        heads = [head.text.split("\n")[0].strip(" \u25b2\u25bc") for head in table.find_elements(By.TAG_NAME, "th")]
        return heads.index(name)

    def test_tables_sort(self):
        self.open(self.results.seeds)
        table = self.find("table")[-1]
        at = self.column(table, "Total time")
        values = lambda: self.ask("[...arguments[0].tBodies[0].rows].map((row) => { const c = row.cells[arguments[1]];"
                                  " return parseFloat((c.querySelector('[title]') || c).title || c.textContent); })", table, at)
        head = table.find_elements(By.TAG_NAME, "th")[at]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", head)
        head.find_element(By.TAG_NAME, "button").click()
        rising = values()
        self.assertEqual(len(rising), 12)
        self.assertEqual(rising, sorted(rising))
        self.assertLess(rising[0], rising[-1])
        self.assertEqual(head.get_attribute("aria-sort"), "ascending")
        head.find_element(By.TAG_NAME, "button").click()
        self.assertEqual(values(), rising[::-1])

    def test_a_suite_names_what_failed_and_links_to_each_run(self):
        self.open(self.results.suite)
        failure = self.find(".failure")
        self.assertEqual(len(failure), 1)
        self.assertIn("migration.downtime_s < 1us", failure[0].text)
        self.assertRegex(failure[0].text, r"times 1\s\u00b5s")
        self.assertIn("dwcp run ", failure[0].find_element(By.TAG_NAME, "code").text + failure[0].text)
        links = {link.text for link in self.find("td a")}
        self.assertEqual(links, {"test/plain", "test/failing"})
        [link for link in self.find("td a") if link.text == "test/failing"][0].click()
        self.assertEqual(self.find("h1")[0].text, "test/failing")
        self.assertIn("failed", self.find(".verdict")[0].text)

    def test_a_sweep_has_a_heat_map_of_each_figure(self):
        self.open(self.results.sweep)
        maps = self.find(".multiples svg")
        self.assertGreaterEqual(len(maps), 4)
        for one in maps:
            self.assertEqual(len(one.find_elements(By.CSS_SELECTOR, "rect title")), 6)
        across = [text.text for text in maps[0].find_elements(By.TAG_NAME, "text")]
        self.assertLess(across.index("1ms"), across.index("20ms"))
        self.assertLess(across.index("20ms"), across.index("100ms"))

    def test_seeds_have_distributions(self):
        self.open(self.results.seeds)
        self.assertGreaterEqual(len(self.find(".multiples svg")), 3)
        self.assertIn("p99", self.find(".percentiles")[0].text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("source")
    parser.add_argument("--keep", help="folder for the results, instead of one that goes away")
    options, rest = parser.parse_known_args()
    if not shutil.which("chromedriver"):
        print("skipped: chromedriver is not installed (package chromium-driver)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="dwcp-browser-") as own:
        folder = options.keep or own
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        Reports.results = Results(options.program, folder)
        unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
