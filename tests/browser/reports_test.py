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
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(77)

from driver import DRAWN, browser
from results import Results

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


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
        self.driver.execute_async_script(DRAWN)

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

    def check_whole(self, about=True):
        self.assertLessEqual(self.ask("document.documentElement.scrollWidth"), self.ask("window.innerWidth"),
                             "the page scrolls sideways")
        self.assertNotEqual(self.ask("document.title"), "owned")
        if about:
            self.assertIn("onerror", self.ask("document.body.innerText"), "the scenario's text is shown as text")
        for section in self.find("main > section"):
            self.assertGreater(len(section.text.strip()), len(section.find_element(By.TAG_NAME, "h2").text),
                               f"the section '{section.text}' is empty")
        self.assertNotIn("NaN", self.ask("document.body.innerText"))
        self.assertNotIn("undefined", self.ask("document.body.innerText"))

    def test_all_pages_show_in_all_sizes_and_colours(self):
        comparisons = (self.results.many, self.results.two)  # which name scenarios, as a suite does
        for page in (self.results.single, self.results.suite, self.results.sweep, self.results.seeds, *comparisons):
            for size in SIZES:
                for theme in ("light", "dark"):
                    with self.subTest(page=f"{page.parent.name}/{page.name}", size=size, theme=theme):
                        self.open(page, size, theme)
                        self.check_quiet()
                        # A suite names its scenarios, not what they are about.
                        self.check_whole(about=page not in (self.results.suite, *comparisons))
                        dark = self.ask("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
                        self.assertEqual(dark, theme == "dark")

    # ---- one run
    def charts(self):
        charts = self.ask("""report.board.charts.map((c) => ({title: c.title, rows: c.graph.numRows(),
            drawn: [...c.box.querySelectorAll('canvas')].some((canvas) => canvas.width &&
                canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v))}))""")
        for chart in charts:
            self.assertGreater(chart["rows"], 10, chart)
            self.assertTrue(chart["drawn"], chart)
        return charts

    def test_the_charts_of_a_run_have_data(self):
        self.open(self.results.single)
        titles = [chart["title"] for chart in self.charts()]
        for title in ("Migrations", "Carried by links", "Guest memory left to send"):
            self.assertIn(title, titles)
        self.assertTrue(any(title.startswith("Round trip") for title in titles), titles)
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

    def sort_by(self, table, name):
        """The column's exact values, once it was clicked on, and once it was clicked on again."""
        at = self.column(table, name)
        values = lambda: self.ask("[...arguments[0].tBodies[0].rows].map((row) => { const c = row.cells[arguments[1]];"
                                  " return parseFloat((c.querySelector('[title]') || c).title || c.textContent.replace('\u2212', '-')); })", table, at)
        head = table.find_elements(By.TAG_NAME, "th")[at]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", head)
        head.find_element(By.TAG_NAME, "button").click()
        rising = values()
        self.assertEqual(head.get_attribute("aria-sort"), "ascending")
        head.find_element(By.TAG_NAME, "button").click()
        return rising, values()

    def test_tables_sort(self):
        self.open(self.results.seeds)
        rising, falling = self.sort_by(self.find("table")[-1], "Total time")
        self.assertEqual(len(rising), 12)
        self.assertEqual(rising, sorted(rising))
        self.assertLess(rising[0], rising[-1])
        self.assertEqual(falling, rising[::-1])

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

    # ---- comparisons
    def test_a_comparison_says_what_became_worse_first(self):
        self.open(self.results.many)
        self.assertRegex(self.find(".verdict")[0].text, r"^\u2717 \d+ worse, \u2713 \d+ better")
        first = self.find("section table tbody tr")[0].text
        self.assertIn("worse", first)
        counted = {card.text.split("\n")[0][2:]: int(card.text.split("\n")[1]) for card in self.find(".card")}
        self.assertGreater(counted["worse"], 2)
        self.assertGreater(counted["same"], 2)
        rows = self.find("section table tbody tr")
        self.assertEqual(sum(counted.values()), len(rows))
        self.assertEqual(sum(row.text.startswith("\u2717 worse") for row in rows), counted["worse"])
        sides = self.find(".sides table")[0].text
        self.assertIn("engine.compress=false", sides)
        self.assertIn("1 to 12", sides)

    def test_a_comparison_sorts_by_effect_and_p(self):
        self.open(self.results.many)
        table = self.find("section table")[0]
        for name in ("Effect", "p"):
            rising, falling = self.sort_by(table, name)
            known = [value for value in rising if value is not None]
            self.assertGreater(len(known), 5)
            self.assertEqual(known, sorted(known), name)
            self.assertLess(known[0], known[-1], name)
            known_falling = [value for value in falling if value is not None]
            self.assertEqual(known_falling, sorted(known_falling, reverse=True), name)
        self.check_quiet()

    def test_a_comparison_of_seeds_draws_each_value_of_both_sides(self):
        self.open(self.results.many)
        strips = self.find(".multiples svg.strip")
        self.assertGreaterEqual(len(strips), 4)
        marks = [title.get_attribute("textContent") for title in strips[0].find_elements(By.CSS_SELECTOR, "path title")]
        for side in "AB":
            for seed in range(1, 13):
                self.assertEqual(sum(mark.startswith(f"{side}, seed {seed}:") for mark in marks), 1, (side, seed))
        middles = self.ask("[...arguments[0].querySelectorAll('path')].map((p) => p.getBBox().x)", strips[0])
        self.assertGreater(len(set(middles)), 6)

    def test_two_runs_lie_over_each_other_and_zoom_together(self):
        self.open(self.results.two)
        titles = [chart["title"] for chart in self.charts()]
        self.assertIn("Migrations", titles)
        self.assertTrue(any(title.startswith("Carried: path") for title in titles), titles)
        lists = self.ask("report.board.charts.slice(1).map((c) => c.list.map((s) => [s.name, s.parts.length]))")
        self.assertTrue(all([name for name, parts in one if parts] == ["A", "B"] for one in lists), lists)
        lanes = self.ask("report.board.phases.map((p) => p.vm)")
        self.assertEqual(sorted(lanes), ["guest \u00b7 A", "guest \u00b7 B", "second \u00b7 A", "second \u00b7 B"])
        whole = self.ranges()
        self.find(".tools button[aria-label='zoom in']")[0].click()
        zoomed = self.ranges()
        self.assertLess(zoomed[0][1] - zoomed[0][0], (whole[0][1] - whole[0][0]) * 0.6)
        self.assertEqual(len({tuple(one) for one in zoomed}), 1)
        self.check_quiet()

    def test_a_report_of_two_folders_is_the_comparison(self):
        page = self.results.report("single", "single-slower")
        self.assertEqual(page.read_text(), self.results.two.read_text())


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
