"""Submits one response and waits until the ranking has moved.

usage: submit.py --token TOKEN [--consultation HOST:PORT] [--portfolio HOST:PORT] [--organisation ID] TEXT
"""

import argparse
import uuid

from soundings import Service


def main():
    parser = argparse.ArgumentParser(description="Submits one response and waits until the ranking has moved.")
    parser.add_argument("text", help="the free text to submit")
    parser.add_argument("--token", required=True, help="a bearer token that may submit and read the ranking")
    parser.add_argument("--consultation", default="127.0.0.1:7101")
    parser.add_argument("--portfolio", default="127.0.0.1:7103")
    parser.add_argument("--survey", default="refresh-2020")
    parser.add_argument("--question", default="help")
    parser.add_argument("--organisation", default="ORK")
    parser.add_argument("--timeout", type=float, default=20, help="seconds to wait for the ranking")
    options = parser.parse_args()

    portfolio = Service(options.portfolio, "soundings.portfolio.v1.PortfolioService", options.token)
    updates = portfolio.stream("WatchRanking", timeout=options.timeout)
    before = next(updates).snapshot

    consultation = Service(options.consultation, "soundings.consultation.v1.ConsultationService", options.token)
    request = {
        "parent": f"surveys/{options.survey}",
        "response": {
            "organisation": f"organisations/{options.organisation}",
            "answers": [{"question": options.question, "text": options.text}],
        },
        # Keep the id and send it again on every retry: the response then counts once.
        "request_id": str(uuid.uuid4()),
    }
    accepted = consultation.call("SubmitResponse", **request)
    again = consultation.call("SubmitResponse", **request)
    assert accepted.name == again.name, "a retry made a second response"
    print(f"accepted {accepted.name}")

    for update in updates:
        revision = update.change.revision or update.snapshot.revision
        if revision > before.revision:
            print(f"revision {revision} follows {before.revision}")
            for mover in update.change.movers[:5]:
                print(f"  {mover.rank_before:>2} -> {mover.rank_after:>2}  {mover.title}")
            return


if __name__ == "__main__":
    main()
