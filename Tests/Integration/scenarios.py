"""What programs of several scenarios share: the choice of one with --only, the seed, and a folder for each."""

import random
import time

from web_site import Site, need, parse, parser, perform, say


class World:
    """What a scenario may use."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.work.mkdir()
        self.random = random.Random(options.seed)

    def site(self, name, **settings):
        return Site(self.options.nightjar, self.work / name, **settings)


def perform_scenarios(scenarios, description, limit, programs, *arguments):
    """Performs functions of a world, in their order, or those that are asked for; `arguments` are whole numbers of the
    program's own, each with its name, its default and what it is."""
    made = parser(description, limit)
    named = {one.__name__: one for one in scenarios}
    made.add_argument("--only", choices=named, action="append", metavar="SCENARIO",
                      help=f"this scenario alone, of {', '.join(named)} (all)")
    for name, default, words in arguments:
        made.add_argument(name, type=int, default=default, help=f"{words} ({default})")
    made.add_argument("--seed", type=int, default=random.randrange(1 << 30), help="of all that is random")
    options = parse(made)

    def body(work):
        need(*programs)
        say(f"What is random comes from --seed {options.seed}.")
        for name in [name for name in named if name in (options.only or named)]:
            say(f"{name}: {named[name].__doc__}")
            started = time.monotonic()
            named[name](World(options, work / f"of-{name}"))
            say(f"   done in {time.monotonic() - started:.0f} s")

    return perform(options, body)
