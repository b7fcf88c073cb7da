"""A bar with the time that is left, for commands that take a while."""

from time import monotonic

WIDTH = 30  # characters
ON_A_SCREEN, IN_A_LOG = 0.2, 30  # seconds between two lines


class Progress:
    """Says how far it is: in one line that moves on a screen, in a line now and then elsewhere.

    Args: stream is a command's stderr; total is how many there are; what names them.
    """

    def __init__(self, stream, total, what):
        self.stream, self.total, self.what = stream, total, what
        self.on_a_screen = stream.isatty()
        self.began = self.said_at = monotonic()
        self.done = 0

    def step(self):
        self.done += 1
        now = monotonic()
        if now - self.said_at >= (ON_A_SCREEN if self.on_a_screen else IN_A_LOG):
            self.said_at = now
            self._say(now)

    def end(self):
        """The last line stays."""
        self._say(monotonic())
        if self.on_a_screen:
            self.stream.write("\n", ending="")

    def _say(self, now):
        line = self.line(now - self.began)
        if self.on_a_screen:
            self.stream.write(f"\r{line}\x1b[K", ending="")
        else:
            self.stream.write(line)
        self.stream.flush()

    def line(self, seconds):
        """How far it is after so many seconds; rows that came meanwhile do not make it more than whole."""
        share = min(self.done / self.total, 1) if self.total else 1
        filled = round(share * WIDTH)
        bar = "#" * filled + "." * (WIDTH - filled)
        return f"[{bar}] {share:4.0%} of {self.total} {self.what}, {self._left(share, seconds)}"

    @staticmethod
    def _left(share, seconds):
        if share in (0, 1):
            return f"{seconds:.0f} s so far"
        left = round(seconds * (1 - share) / share)
        return f"{left // 60}:{left % 60:02} left"
