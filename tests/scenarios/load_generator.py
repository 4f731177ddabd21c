"""A merchant's system that sends too much, as its own process: `python -m tests.scenarios.load_generator URL KEY ORDER RATE`.

Sends RATE requests a second, with any answers, until it is ended; prints the answers' statuses.
"""

import asyncio
import json
import signal
import sys
from collections import Counter

import aiohttp


async def main(base: str, key: str, order: str, rate: float) -> Counter[int]:
    stop, answers = asyncio.Event(), Counter[int]()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    headers = {"Authorization": f"Bearer {key}"}
    body = {"items": [{"line_id": "1", "quantity": 1, "reason": "unwanted"}]}

    async def send(http: aiohttp.ClientSession, number: int) -> None:
        path = f"{base}/v1/orders/{order}"
        request = http.post(f"{path}/returns/quote", json=body) if number % 4 == 0 else http.get(path)
        try:
            async with request as answer:
                answers[answer.status] += 1
        except (aiohttp.ClientError, TimeoutError):
            answers[0] += 1

    connector, patience = aiohttp.TCPConnector(limit=50), aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=patience) as http:
        began, sent, under_way = loop.time(), 0, set[asyncio.Task[None]]()
        while not stop.is_set():
            while sent < (loop.time() - began) * rate and len(under_way) < 500:
                task = asyncio.create_task(send(http, sent))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                sent += 1
            await asyncio.sleep(0.005)
        await asyncio.gather(*under_way)
    return answers


if __name__ == "__main__":
    url, key, order, rate = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(main(url, key, order, float(rate)))) + "\n")
