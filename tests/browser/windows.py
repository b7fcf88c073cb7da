"""One window of Chromium or Firefox, with the same few verbs, so that one test walks the same way in both."""

from tests.browser.firefox import Firefox

LONGEST = 60_000  # milliseconds, on a busy machine


class ChromiumWindow:
    """Args: browser is playwright's; folder is not needed here."""

    name = "Chromium"

    def __init__(self, browser, *, javascript):
        self.context = browser.new_context(java_script_enabled=javascript)
        self.context.set_default_timeout(LONGEST)
        self.page = self.context.new_page()

    def open(self, url):
        self.page.goto(url)

    def count(self, xpath):
        return self.page.locator(f"xpath={xpath}").count()

    def press(self, xpath):
        """A real click on the first that is named, and what it leads to."""
        with self.page.expect_navigation():
            self.page.locator(f"xpath={xpath}").first.click()

    def download(self, xpath):
        """The text of the file that a click on this gives."""
        with self.page.expect_download() as download:
            self.page.locator(f"xpath={xpath}").first.click()
        return download.value.path().read_text("utf-8")

    def tick(self, xpath):
        self.page.locator(f"xpath={xpath}").first.check()

    def type(self, xpath, text):
        self.page.locator(f"xpath={xpath}").first.fill(text)

    def choose(self, xpath, label):
        self.page.locator(f"xpath={xpath}").first.select_option(label=label)

    def read(self, xpath, name):
        """A property of each element that is named, such as "value" or "textContent"."""
        return [
            one.evaluate("(here, name) => here[name]", name)
            for one in self.page.locator(f"xpath={xpath}").element_handles()
        ]

    def back(self):
        self.page.go_back()

    def reload(self):
        self.page.reload()

    @property
    def url(self):
        return self.page.url

    def close(self):
        self.context.close()


class FirefoxWindow:
    name = "Firefox"

    def __init__(self, folder, *, javascript):
        self.firefox = Firefox(folder, javascript=javascript)

    def open(self, url):
        self.firefox.open(url)

    def count(self, xpath):
        return len(self.firefox.find(xpath))

    def press(self, xpath):
        self.firefox.click(self.firefox.find(xpath)[0])

    tick = press

    def download(self, xpath):
        self.press(xpath)
        return self.firefox.downloaded()

    def type(self, xpath, text):
        [box, *_] = self.firefox.find(xpath)
        self.firefox.ask("WebDriver:ElementClear", {"id": box})
        self.firefox.type(box, text)

    def choose(self, xpath, label):
        self.firefox.click(self.firefox.find(f"{xpath}/option[normalize-space()='{label}']")[0])

    def read(self, xpath, name):
        return [self.firefox.value(one, name) for one in self.firefox.find(xpath)]

    def back(self):
        self.firefox.back()

    def reload(self):
        self.firefox.ask("WebDriver:Refresh")

    @property
    def url(self):
        return self.firefox.url

    def close(self):
        self.firefox.close()
