"""How all programs of these tests fail, stop, speak and wait."""

import signal
import time


class Failed(Exception):
    """A check that did not hold; the message is for the person."""


class Stopped(BaseException):
    """The end of the time, or a signal: not to be mistaken for a check that failed, so no Exception."""


def say(text):
    print(text, flush=True)


def check(condition, message):
    if not condition:
        raise Failed(message)


def wait_for(what, condition, limit=30, pause=0.1, tell=None):
    """Until `condition()` gives something true, which is returned; what `tell()` says then is told where it never does."""
    deadline = time.monotonic() + limit
    while not (result := condition()):
        if time.monotonic() >= deadline:
            raise Failed(f"waited {limit} s for {what}" + (f": {tell()}" if tell else ""))
        time.sleep(pause)
    return result


def stop_everything(number, _):
    """A handler of signals, the alarm's among them."""
    reason = "took longer than its limit" if number == signal.SIGALRM else "was told to stop"
    raise Stopped(f"the run {reason}")
