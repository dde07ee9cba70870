"""`python -m core evaluate summaries`: does a false sentence of a language model get through, is a good one refused?"""

from __future__ import annotations

from argparse import Namespace

from core.cli import write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.evaluate.summaries import report
from core.evaluate.summaries.evaluation import evaluate
from core.evaluate.summaries.sentences import SETS


def evaluated(options: Namespace) -> Exit:
    """Every set of sentences, on generated cases, through a server of our own: nothing leaves the machine."""
    if options.out:
        write.folder(options.out)
    results = []
    for name in SETS:
        with Bar(f"The {name} set") as bar:
            results.append(evaluate(name, options.count, tell=lambda _, done, total, bar=bar: bar.show(done, total)))
        if options.out:  # after every set: all of them take a while
            write.whole(options.out / "summaries.md", report.text(results))
            write.whole(options.out / "summaries.json", report.as_json(results))
    print(report.text(results), end="")
    if options.out:
        say(f"{sum(result.replies for result in results)} replies: {options.out / 'summaries.json'}")
    return Exit.OK
