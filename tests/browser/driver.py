"""A browser without a screen, by selenium."""
import shutil

from selenium import webdriver

# Drawings are made when their room is known, a frame or two after the page says that it is ready.
DRAWN = ("const done = arguments[0];"
         "requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))")


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
