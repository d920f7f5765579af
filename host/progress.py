"""Progress of long work: a live line with elapsed time on a terminal, plain lines elsewhere."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress:
    """Steps with their elapsed time; safe to use from several threads."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._lock = Lock()

    @contextmanager
    def step(self, title: str) -> Generator[None]:
        """Shows `title` while the body runs, then how long it took. A failure is shown as one."""
        began = time.monotonic()
        mark = "[red]failed[/]"
        live = self.console.is_terminal and self._lock.acquire(blocking=False)
        if not live:
            self.say(f"  ...    {title}")
        try:
            if live:
                columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
                with RichProgress(*columns, console=self.console, transient=True) as bar:
                    bar.add_task(title, total=None)
                    yield
            else:
                yield
            mark = "[green]done[/]  "
        finally:
            if live:
                self._lock.release()
            self.say(f"  {mark} {title} [dim]{elapsed(time.monotonic() - began)}[/]")

    def say(self, line: str = "") -> None:
        """Prints one line, rich's markup allowed."""
        self.console.print(line)


def elapsed(seconds: float) -> str:
    """`3.2 s`, `4 min 10 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s"
