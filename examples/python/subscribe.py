"""Follows ranking.changed as a downstream service would: durable, resuming where it stopped.

usage: subscribe.py [--nats URL] [--nkey FILE] [--portfolio HOST:PORT] [--durable NAME] [--count N]

Prints the standing ranking first, then one line per change. It acknowledges each message after it has printed it, so
that a message cut short by a crash comes again.
"""

import argparse
import asyncio

import nats
from nats.errors import TimeoutError as NoMessage
from nats.js.errors import NotFoundError

from soundings import Service


async def follow(options):
    schema = Service(options.portfolio, "soundings.portfolio.v1.PortfolioService")
    ranking_changed = schema.message("soundings.portfolio.v1.RankingChanged")
    ranking_current = schema.message("soundings.portfolio.v1.RankingCurrent")

    # A server with users knows a subscriber by its key; its inboxes and its one durable consumer bear its name.
    key = {"nkeys_seed": options.nkey} if options.nkey else {}
    connection = await nats.connect(options.nats, inbox_prefix=f"_INBOX_{options.durable}", **key)
    jetstream = connection.jetstream()
    try:
        standing = await jetstream.get_last_msg(
            "SND_PORTFOLIO_CURRENT", "soundings.current.v1.portfolio.ranking.official"
        )
        ranking = ranking_current.FromString(standing.data).ranking
        best = ", ".join(item.title for item in ranking.items[:3])
        print(f"standing revision {ranking.revision}: {best}", flush=True)
    except NotFoundError:
        print("no ranking yet", flush=True)

    subscription = await jetstream.pull_subscribe(
        "soundings.portfolio.v1.ranking.changed.official", durable=options.durable, stream="SND_PORTFOLIO"
    )
    seen = 0
    while options.count == 0 or seen < options.count:
        try:
            wanted = min(10, options.count - seen) if options.count else 10
            messages = await subscription.fetch(batch=wanted, timeout=5)
        except NoMessage:
            continue
        for message in messages:
            change = ranking_changed.FromString(message.data).change
            print(f"{message.headers['ce-id']} revision {change.revision}: {change.size.moved} moved", flush=True)
            for mover in change.movers[:3]:
                why = mover.contributions[0].title if mover.contributions else "others moved"
                print(f"  {mover.rank_before:>2} -> {mover.rank_after:>2}  {mover.title} ({why})", flush=True)
            await message.ack()
            seen += 1
    await connection.drain()


def main():
    parser = argparse.ArgumentParser(description="Follows ranking.changed.")
    parser.add_argument("--nats", default="nats://127.0.0.1:7100")
    parser.add_argument("--nkey", default="", help="the file of the subscriber's NKey, where the server has users")
    parser.add_argument("--portfolio", default="127.0.0.1:7103", help="where the message schema is read from")
    parser.add_argument("--durable", default="example-subscriber")
    parser.add_argument("--count", type=int, default=0, help="stop after this many changes; 0: never")
    asyncio.run(follow(parser.parse_args()))


if __name__ == "__main__":
    main()
